import { Agent, buildConnector } from 'undici';
import { dispatchRequest } from './dispatch.ts';
import { classifyError, type HttpFailure } from './failure.ts';
import type { HttpFinished, HttpRequest, HttpResult, Schedule } from './message.ts';
import { type AddressGuard, createAddressGuard, hostOf, type Resolve } from './ssrf.ts';

export type Reachability = { kind: 'reachable' } | { kind: 'failed'; reason: HttpFailure; message: string };

/** All HTTP to vendors goes through one of these. It follows no redirects and throws for no trouble of the network. */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResult>;
  /** Opens a connection (with TLS for https) and closes it again; sends no request. */
  checkReachable(url: string, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Reachability>;
  /** Why requests to this URL are refused, in plain words; null: as far as can be told without resolving its name, they aren't. */
  refusalOf(url: string): string | null;
  /** Ends pooled connections; requests under way fail. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  allowPrivateNetworks: boolean;
  /** Default: the system's resolver. */
  resolve?: Resolve;
  onFinished?: (finished: HttpFinished) => void;
  /** Default: timers of the process. */
  schedule?: Schedule;
}

const connectTimeoutMs = 10_000;

const timers: Schedule = (ms, fire) => {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
};

/** Connections are kept alive and pooled per origin; every new one goes to an address that the guard has checked. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const guard = createAddressGuard(options);
  const connect = buildConnector({ lookup: guard.lookup, timeout: connectTimeoutMs, allowH2: false });
  const agent = new Agent({
    connect,
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: 16_384,
    headersTimeout: 0, // our own timer covers the whole request
    bodyTimeout: 0,
  });
  const schedule = options.schedule ?? timers;

  return {
    request(request) {
      const url = parseUrl(request.url);
      const refusal = refusalOf(guard, url);
      if (!url || refusal) {
        return Promise.resolve({ kind: 'failed', reason: 'BLOCKED', message: refusal ?? notAUrl, head: null });
      }
      return dispatchRequest({ agent, schedule, onFinished: options.onFinished }, request, url);
    },

    checkReachable(text, { timeoutMs, signal }) {
      const url = parseUrl(text);
      const refusal = refusalOf(guard, url);
      if (!url || refusal) return Promise.resolve({ kind: 'failed', reason: 'BLOCKED', message: refusal ?? notAUrl });
      return openAndClose(connect, url, schedule, timeoutMs, signal);
    },

    refusalOf: (text) => refusalOf(guard, parseUrl(text)),
    close: () => agent.destroy(),
  };
}

const notAUrl = 'This is not a URL.';
const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
const refusalOf = (guard: AddressGuard, url: URL | null): string | null => (url ? guard.refusalOf(url) : notAUrl);

function openAndClose(
  connect: buildConnector.connector,
  url: URL,
  schedule: Schedule,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Reachability> {
  return new Promise((resolve) => {
    const done = (result: Reachability) => {
      cancel();
      signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const fail = (error: Error | 'TIMEOUT' | 'ABORTED') =>
      done({ kind: 'failed', ...classifyError(error, url.hostname, false) });
    const abort = () => fail('ABORTED');
    const cancel = schedule(timeoutMs, () => fail('TIMEOUT'));
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    const { host, protocol, port } = url;
    connect({ hostname: hostOf(url), host, protocol, port }, (error, socket) => {
      socket?.destroy(); // also when we gave up before: nobody else would close it
      if (error) fail(error);
      else done({ kind: 'reachable' });
    });
  });
}
