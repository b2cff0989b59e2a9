import type { HttpFailure } from './failure.ts';

/** Largest answer that is read where a request names no other limit, in bytes. */
export const answerBytesMax = 1_000_000;

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  /** Sent as UTF-8, byte for byte. */
  body?: string;
  /** From the call to the last byte of the answer, waiting for a connection included. */
  timeoutMs: number;
  /** Default: `answerBytesMax`. */
  answerBytesMax?: number;
  signal?: AbortSignal;
  /** True: it waits for no slot of the vendor's rate, as with requests for access tokens, which are few and counted apart if at all. */
  uncounted?: true;
  /** The kind of call, where the vendor limits one apart: a name of `ConnectorLimits.kinds`. */
  kind?: string;
}

export interface HttpHead {
  status: number;
  /** Names in lower case; repeated ones are joined by a comma. */
  headers: Record<string, string>;
}

export type HttpResult =
  | ({ kind: 'response'; text: string } & HttpHead)
  /** `head`: what had arrived before it failed. `message` names the host, never a path, a query or an address. */
  | { kind: 'failed'; reason: HttpFailure; message: string; head: HttpHead | null };

/** One finished request, for metrics: no path, no query, no content. */
export interface HttpFinished {
  method: string;
  origin: string;
  /** The status, or why there is none. */
  result: number | HttpFailure;
  durationMs: number;
  sentBytes: number;
}

/** Calls `fire` after `ms`, unless the returned function is called before. */
export type Schedule = (ms: number, fire: () => void) => () => void;
