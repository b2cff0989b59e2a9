import type { ApiAnswer } from '../api.ts';
import { refused } from './answers.ts';

export interface LimitOptions {
  /** Calls in 2 s; null: any number. */
  rateMax: number | null;
  /** Searches in 2 s; null: any number. */
  searchMax: number | null;
  /** Tokens of a day, of the whole company. */
  tokensMax: number;
  /** False: no answer tells of the tokens. */
  tellsTokens: boolean;
  /** Refusals in 10 s after which everything is answered by a page, for an hour. */
  blockedAfter: number;
}

const windowMs = 2_000;
const refusalsMs = 10_000;
const blockMs = 3_600_000;

/** The two kinds of limits of Pipedrive: calls in a sliding window of 2 s, and tokens of a day that starts at midnight UTC. */
export class Limits {
  readonly options: LimitOptions;
  #calls: number[] = [];
  #searches: number[] = [];
  #refusals: number[] = [];
  #blockedUntil = 0;
  #day = '';
  #tokens = 0;
  /** Calls that were refused for the rate. */
  refused = 0;

  constructor(options: LimitOptions) {
    this.options = options;
  }

  admit(method: string, path: string, nowMs: number): { limited: ApiAnswer | null; headers: Record<string, string> } {
    const { rateMax, searchMax, tokensMax, tellsTokens } = this.options;
    if (nowMs < this.#blockedUntil) return { limited: blocked, headers: {} };
    const day = new Date(nowMs).toISOString().slice(0, 10);
    if (this.#day !== day) [this.#day, this.#tokens] = [day, 0];
    const cost = costOf(method, path);
    const isSearch = path.endsWith('/search');
    const within = (times: number[]) => times.filter((at) => at > nowMs - windowMs);
    this.#calls = within(this.#calls);
    this.#searches = within(this.#searches);
    const isOver =
      (rateMax !== null && this.#calls.length >= rateMax) ||
      (isSearch && searchMax !== null && this.#searches.length >= searchMax);
    const isSpent = this.#tokens + cost > tokensMax;
    if (!isOver && !isSpent) {
      this.#calls.push(nowMs);
      if (isSearch) this.#searches.push(nowMs);
      this.#tokens += cost;
    }
    const limit = isSearch ? (searchMax ?? 100_000) : (rateMax ?? 100_000);
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - (isSearch ? this.#searches : this.#calls).length)),
      'x-ratelimit-reset': '2',
      ...(tellsTokens && {
        'x-daily-ratelimit-token-limit': String(tokensMax),
        'x-daily-ratelimit-token-remaining': String(isSpent ? 0 : tokensMax - this.#tokens),
      }),
    };
    if (isSpent) return { limited: { ...refused(429, 'Daily API token budget is exhausted'), headers }, headers };
    if (!isOver) return { limited: null, headers };
    this.refused += 1;
    this.#refusals = [...this.#refusals.filter((at) => at > nowMs - refusalsMs), nowMs];
    if (this.#refusals.length > this.options.blockedAfter) this.#blockedUntil = nowMs + blockMs;
    return { limited: { ...refused(429, 'Request over limit'), headers }, headers };
  }
}

/** In tokens. */
function costOf(method: string, path: string): number {
  const isOld = path.startsWith('/api/v1/');
  const of = (v2: number) => (isOld ? v2 * 2 : v2);
  if (path.endsWith('/search')) return of(20);
  if (method !== 'GET') return of(5);
  return /\/(persons|leads|personFields)$/.test(path) ? of(10) : of(1);
}

/** What Cloudflare answers those who don't heed 429. */
const blocked: ApiAnswer = {
  status: 403,
  text: '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>',
  headers: { 'content-type': 'text/html; charset=UTF-8' },
};
