import { type ApiAnswer, formOf } from '../api.ts';
import { SignIn } from '../oauth.ts';
import type { Received } from '../server.ts';

const mintedMax = 10;
const mintedWindowMs = 10 * 60_000;

/** The accounts server of a data centre: sign-in, refresh, and no more than ten access tokens of a refresh token in ten minutes. */
export class Accounts {
  readonly signIn: SignIn;
  readonly #location: string;
  readonly #refusalStatus: number;
  readonly #minted = new Map<string, number[]>();

  constructor(options: { clientId: string; clientSecret: string; location: string; refusalStatus: number }) {
    const { clientId, clientSecret, location, refusalStatus } = options;
    this.signIn = new SignIn({ clientId, clientSecret, tokenSeconds: 3_600, rotates: false });
    this.#location = location;
    this.#refusalStatus = refusalStatus;
  }

  /** Sends the browser back with the data centre of the person, and its accounts server. */
  authorize(query: URLSearchParams, ownUrl: string): ApiAnswer {
    const answer = this.signIn.authorize(query);
    if (!answer.headers?.location) return answer;
    const back = new URL(answer.headers.location);
    back.searchParams.set('location', this.#location);
    back.searchParams.set('accounts-server', ownUrl);
    return { ...answer, headers: { location: back.href } };
  }

  answerToken(received: Received, nowMs: number, apiDomain: string): ApiAnswer {
    const form = formOf(received);
    const parameter = (name: string) => form.get(name) ?? received.query.get(name);
    const { clientId, clientSecret, tokenSeconds } = this.signIn.options;
    if (parameter('client_id') !== clientId) return this.#refuse('invalid_client');
    if (parameter('client_secret') !== clientSecret) return this.#refuse('invalid_client_secret');
    const isCode = parameter('grant_type') === 'authorization_code';
    const refreshToken = parameter('refresh_token');
    if (!isCode && refreshToken && !this.#mayMint(refreshToken, nowMs)) {
      return this.#refuse(
        'Access Denied',
        'You have made too many requests continuously. Please try again after some time.',
      );
    }
    const issued = isCode ? this.signIn.redeem(form, nowMs) : this.signIn.refresh(refreshToken, nowMs);
    if (!issued) return this.#refuse('invalid_code');
    return {
      status: 200,
      body: {
        access_token: issued.accessToken,
        ...(isCode && { refresh_token: issued.refreshToken }),
        api_domain: apiDomain,
        token_type: 'Bearer',
        expires_in: tokenSeconds,
      },
    };
  }

  #mayMint(refreshToken: string, nowMs: number): boolean {
    const minted = (this.#minted.get(refreshToken) ?? []).filter((at) => at > nowMs - mintedWindowMs);
    this.#minted.set(refreshToken, minted);
    if (minted.length >= mintedMax) return false;
    minted.push(nowMs);
    return true;
  }

  #refuse(error: string, description?: string): ApiAnswer {
    return {
      status: this.#refusalStatus,
      body: { error, ...(description && { error_description: description, status: 'failure' }) },
    };
  }
}
