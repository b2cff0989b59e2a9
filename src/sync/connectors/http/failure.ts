import { BlockedAddressError } from './ssrf.ts';

/**
 * Why there is no complete answer. TIMEOUT: ours ran out. UNREACHABLE: no connection (name, TCP, TLS), so nothing was sent.
 * RESET: the connection ended under way. TOO_LARGE: more than is read. BLOCKED: refused by the guard, nothing was sent. ABORTED: the caller's signal.
 */
export type HttpFailure = 'TIMEOUT' | 'UNREACHABLE' | 'RESET' | 'TOO_LARGE' | 'BLOCKED' | 'ABORTED';

const words: Record<HttpFailure, (host: string) => string> = {
  TIMEOUT: (host) => `${host} did not answer in time`,
  UNREACHABLE: (host) => `${host} can't be reached`,
  RESET: (host) => `The connection to ${host} ended before the answer was complete`,
  TOO_LARGE: (host) => `${host} answered more than is read`,
  BLOCKED: (host) => `${host} leads to an address that is not allowed`,
  ABORTED: (host) => `The request to ${host} was given up`,
};

/** Sorts an error of the client into a reason and safe words: host and error code, never an address, a path or content. */
export function classifyError(
  error: Error | HttpFailure,
  host: string,
  started: boolean,
): { reason: HttpFailure; message: string } {
  if (typeof error === 'string') return { reason: error, message: `${words[error](host)}.` };
  const reason = reasonOf(error, started);
  const code = 'code' in error && typeof error.code === 'string' && reason !== 'BLOCKED' ? ` (${error.code})` : '';
  return { reason, message: `${words[reason](host)}${code}.` };
}

function reasonOf(error: Error, started: boolean): HttpFailure {
  if (error instanceof BlockedAddressError) return 'BLOCKED';
  const code = 'code' in error ? error.code : null;
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'TIMEOUT';
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') return 'TOO_LARGE';
  return started ? 'RESET' : 'UNREACHABLE';
}
