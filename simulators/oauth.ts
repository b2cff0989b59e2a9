import { createHash, randomUUID } from 'node:crypto';
import type { ApiAnswer } from './api.ts';

export interface SignInOptions {
  clientId: string;
  clientSecret: string;
  tokenSeconds: number;
  /** True: a refresh token is good once, and each answer brings another. */
  rotates: boolean;
}

interface Code {
  redirectUri: string;
  challenge: string | null;
  used: boolean;
}

/** The tokens of an OAuth 2 server: authorization code with PKCE, refresh, expiry and revocation on demand. */
export class SignIn {
  readonly options: SignInOptions;
  readonly #codes = new Map<string, Code>();
  readonly #refreshTokens = new Set<string>();
  /** Access token to the instant it ends. */
  readonly #accessTokens = new Map<string, number>();
  #revoked = false;

  constructor(options: SignInOptions) {
    this.options = options;
  }

  /** A person agrees at once: back to where the address says, with a code. */
  authorize(query: URLSearchParams): ApiAnswer {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.options.clientId || !URL.canParse(redirectUri)) {
      return { status: 400, text: 'unknown app' };
    }
    const code = randomUUID();
    this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge'), used: false });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    return { status: 302, headers: { location: back.href } };
  }

  /** Null: refused. */
  redeem(form: URLSearchParams, nowMs: number): { accessToken: string; refreshToken: string } | null {
    const code = this.#codes.get(form.get('code') ?? '');
    if (this.#revoked || !code || code.used || code.redirectUri !== form.get('redirect_uri')) return null;
    const verified = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (code.challenge !== null && code.challenge !== verified) return null;
    code.used = true;
    return this.issue(nowMs);
  }

  /** Null: refused. */
  refresh(refreshToken: string | null, nowMs: number): { accessToken: string; refreshToken: string } | null {
    if (this.#revoked || !refreshToken || !this.#refreshTokens.has(refreshToken)) return null;
    if (!this.options.rotates) return { accessToken: this.#newAccessToken(nowMs), refreshToken };
    this.#refreshTokens.delete(refreshToken);
    return this.issue(nowMs);
  }

  /** As if somebody had signed in. */
  issue(nowMs: number): { accessToken: string; refreshToken: string } {
    const refreshToken = `refresh-${randomUUID()}`;
    this.#refreshTokens.add(refreshToken);
    return { accessToken: this.#newAccessToken(nowMs), refreshToken };
  }

  /** As if somebody had been given this refresh token earlier. */
  know(refreshToken: string): void {
    this.#refreshTokens.add(refreshToken);
  }

  isGood(accessToken: string | undefined, nowMs: number): boolean {
    const until = this.#accessTokens.get(accessToken ?? '');
    return !this.#revoked && until !== undefined && nowMs < until;
  }

  /** Ends all access tokens; refresh tokens stay good. */
  expire(): void {
    this.#accessTokens.clear();
  }

  /** Ends one access or refresh token; false: there is no such. */
  end(token: string): boolean {
    const wasAccess = this.#accessTokens.delete(token);
    return this.#refreshTokens.delete(token) || wasAccess;
  }

  /** Nothing is good any more, and nothing is handed out, until it is restored. */
  revoke(revoked: boolean): void {
    this.#revoked = revoked;
  }

  #newAccessToken(nowMs: number): string {
    const accessToken = `access-${randomUUID()}`;
    this.#accessTokens.set(accessToken, nowMs + this.options.tokenSeconds * 1_000);
    return accessToken;
  }
}

/** What follows "Bearer " (or another scheme). */
export const tokenOf = (authorization: string | undefined): string | undefined => authorization?.split(' ')[1];
