/** A refusal of the call as a whole, which Marketo answers with HTTP 200. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Marketo's words for codes that are asked for on demand. */
export const wordsOfCode: Record<string, string> = {
  502: 'Bad Gateway',
  600: 'Access token is empty',
  601: 'Access token invalid',
  602: 'Access token expired',
  603: 'Access denied',
  604: 'Request timed out',
  605: 'HTTP method not supported',
  606: "Max rate limit '100' exceeded with in '20' secs",
  607: "Daily quota of '50000' reached",
  608: 'API temporarily unavailable',
  609: 'Invalid JSON',
  610: 'Requested resource not found',
  611: 'System error',
  612: 'Invalid content type',
  614: 'Invalid subscription',
  615: "Concurrent access limit '10' reached",
  713: 'Transient error',
  719: 'Lock wait timeout exception',
  1003: 'Invalid data',
  1007: 'Multiple leads match the lookup criteria',
};
