import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { type ApiAnswer, formOf } from '../api.ts';
import { SignIn } from '../oauth.ts';
import type { Received } from '../server.ts';
import { problemOfAssertion } from './assertion.ts';

export interface LoginOptions {
  /** Default: random ones. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** 18 characters. */
  orgId?: string | undefined;
  username?: string | undefined;
  /** Of the certificate that the app has, as PEM; default: that of `privateKey`. */
  publicKey?: string | undefined;
  /** True: a refresh token is good once, and each answer brings another. Salesforce does so for apps that ask for it. */
  rotates?: boolean | undefined;
  /** What the app was granted; default: everything. */
  scope?: string | undefined;
  /** How long a session lives without a call. */
  sessionSeconds?: number | undefined;
}

const prefix = '/services/oauth2/';
const userId = '005Sim000000001AAA';

/** Where Salesforce hands out access tokens: a part of the simulators of whatever product is behind it. */
export class LoginServer {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly orgId: string;
  readonly signIn: SignIn;
  readonly #options: LoginOptions;
  /** Refresh tokens whose answer is being made. */
  readonly #processing = new Set<string>();
  #pause: PromiseWithResolvers<void> | null = null;
  #keys: { privateKey: string; publicKey: string } | null = null;
  #isRevoked = false;

  constructor(options: LoginOptions = {}) {
    const { rotates = false, sessionSeconds = 7_200 } = options;
    this.#options = options;
    this.clientId = options.clientId ?? `3MVG9${randomUUID()}`;
    this.clientSecret = options.clientSecret ?? randomUUID();
    this.username = options.username ?? 'api@acme.example';
    this.orgId = options.orgId ?? '00DSim000000001AAA';
    const { clientId, clientSecret } = this;
    this.signIn = new SignIn({ clientId, clientSecret, tokenSeconds: sessionSeconds, rotates });
  }

  /** The key of the app's certificate, as PEM. */
  get privateKey(): string {
    return this.#keyPair().privateKey;
  }

  /** Null: none of its paths. `instanceUrl`: where the org's API is. */
  answer(received: Received, nowMs: number, instanceUrl: string): ApiAnswer | Promise<ApiAnswer> | null {
    const { path, method, query } = received;
    if (path === `${prefix}authorize`) return this.signIn.authorize(query);
    if (method !== 'POST') return null;
    if (path === `${prefix}token`) return this.#token(formOf(received), nowMs, instanceUrl);
    if (path === `${prefix}revoke`) return this.#revokeToken(formOf(received).get('token') ?? '');
    return null;
  }

  isGood(accessToken: string | undefined, nowMs: number): boolean {
    return this.signIn.isGood(accessToken, nowMs);
  }

  /** As if somebody had signed in. */
  issue(nowMs: number): { accessToken: string; refreshToken: string } {
    return this.signIn.issue(nowMs);
  }

  /** Nothing is good any more, and nothing is handed out, until it is restored. */
  revoke(revoked: boolean): void {
    this.#isRevoked = revoked;
    this.signIn.revoke(revoked);
  }

  /** Refreshes take until the function that is returned is called: a second one with the same token meets the first. */
  pauseRefreshes(): () => void {
    const pause = Promise.withResolvers<void>();
    this.#pause = pause;
    return () => {
      this.#pause = null;
      pause.resolve();
    };
  }

  async #token(form: URLSearchParams, nowMs: number, instanceUrl: string): Promise<ApiAnswer> {
    const grantType = form.get('grant_type');
    const tokens = (accessToken: string, refreshToken?: string) =>
      this.#tokens(accessToken, refreshToken, instanceUrl, nowMs);
    if (grantType === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      const problem = this.#isRevoked
        ? "user hasn't approved this consumer"
        : problemOfAssertion(form.get('assertion') ?? '', nowMs, {
            issuer: this.clientId,
            subject: this.username,
            publicKey: this.#options.publicKey ?? this.#keyPair().publicKey,
          });
      return problem ? refused('invalid_grant', problem) : tokens(this.signIn.issue(nowMs).accessToken);
    }
    if (form.get('client_id') !== this.clientId) return refused('invalid_client_id', 'client identifier invalid');
    if (form.get('client_secret') !== this.clientSecret) return refused('invalid_client', 'invalid client credentials');
    switch (grantType) {
      case 'client_credentials':
        return this.#isRevoked
          ? refused('invalid_grant', 'no client credentials user enabled')
          : tokens(this.signIn.issue(nowMs).accessToken);
      case 'authorization_code': {
        const issued = this.signIn.redeem(form, nowMs);
        return issued
          ? tokens(issued.accessToken, issued.refreshToken)
          : refused('invalid_grant', 'invalid authorization code');
      }
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '', nowMs, tokens);
      default:
        return refused('unsupported_grant_type', 'grant type not supported');
    }
  }

  async #refresh(
    refreshToken: string,
    nowMs: number,
    tokens: (accessToken: string, refreshToken?: string) => ApiAnswer,
  ): Promise<ApiAnswer> {
    if (this.#processing.has(refreshToken)) return refused('invalid_grant', 'token request is already being processed');
    this.#processing.add(refreshToken);
    await this.#pause?.promise;
    this.#processing.delete(refreshToken);
    const issued = this.signIn.refresh(refreshToken, nowMs);
    if (!issued) return refused('invalid_grant', 'expired access/refresh token');
    return tokens(issued.accessToken, issued.refreshToken === refreshToken ? undefined : issued.refreshToken);
  }

  /** No `expires_in`, and a refresh token only where there is a new one. */
  #tokens(accessToken: string, refreshToken: string | undefined, instanceUrl: string, nowMs: number): ApiAnswer {
    const body = {
      access_token: accessToken,
      ...(refreshToken && { refresh_token: refreshToken }),
      signature: Buffer.from(accessToken).toString('base64'),
      scope: this.#options.scope ?? 'refresh_token api pardot_api full',
      instance_url: instanceUrl,
      id: `${instanceUrl}/id/${this.orgId}/${userId}`,
      token_type: 'Bearer',
      issued_at: String(nowMs),
    };
    return { status: 200, body };
  }

  #revokeToken(token: string): ApiAnswer {
    return this.signIn.end(token)
      ? { status: 200 }
      : refused('unsupported_token_type', 'this token type is not supported');
  }

  #keyPair(): { privateKey: string; publicKey: string } {
    this.#keys ??= generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    return this.#keys;
  }
}

const refused = (error: string, error_description: string): ApiAnswer => ({
  status: 400,
  body: { error, error_description },
});
