import { z } from 'zod';
import type { AuthorizationDoor, AuthorizationRequest, RefreshAnswer, Session, VendorHosts } from '../connector.ts';
import { syncError } from '../connector.ts';
import { redact } from '../http/redact.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { parseJson } from './call.ts';

/** How a token endpoint answered. */
export type TokenReply =
  | { kind: 'tokens'; tokens: Record<string, unknown> }
  /** `code` and `words` are the vendor's, without secrets. */
  | { kind: 'refused'; code: string; words: string }
  | { kind: 'unavailable'; message: string; whole: boolean; retryAfterMs: number | null };

export interface TokenRequest {
  /** As its makers write it, for messages. */
  name: string;
  url: string;
  form: Record<string, string>;
  /** Client id and secret as HTTP Basic, where the vendor wants them there. */
  basic?: { clientId: string; clientSecret: string };
  timeoutMs: number;
  signal?: AbortSignal;
  /** Refusals that only mean "ask again". */
  isTransient?: (refusal: { status: number; code: string; words: string }) => boolean;
}

const tokenMsMax = 20_000;
const tokenAnswer = z.looseObject({ access_token: z.string().min(1) });
const refusal = z.object({
  error: z.string().optional(),
  error_description: z.string().optional(),
  status: z.unknown().optional(),
  message: z.string().optional(),
});

/** Asks a token endpoint (RFC 6749). Some vendors refuse with 200 and an `error` in the body; the body is read first. */
export async function requestTokens(
  { http, now }: Pick<Session<null>, 'http' | 'now'>,
  request: TokenRequest,
): Promise<TokenReply> {
  const { name, basic, form } = request;
  const result = await http.request({
    method: 'POST',
    url: request.url,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(basic && {
        authorization: `Basic ${Buffer.from(`${basic.clientId}:${basic.clientSecret}`).toString('base64')}`,
      }),
    },
    body: new URLSearchParams(form).toString(),
    timeoutMs: Math.min(request.timeoutMs, tokenMsMax),
    uncounted: true, // it runs under the lock of the stored credentials: nothing to wait for a slot with
    ...(request.signal && { signal: request.signal }),
  });
  if (result.kind === 'failed') {
    const message = `No answer of ${name}: ${result.message}`;
    return { kind: 'unavailable', message, whole: result.reason === 'UNREACHABLE', retryAfterMs: null };
  }
  const body = parseJson(result.text);
  const told = refusal.safeParse(body).data;
  const ok = result.status >= 200 && result.status < 300;
  if (ok && !told?.error && tokenAnswer.safeParse(body).success) {
    return { kind: 'tokens', tokens: Object(body) };
  }
  const code = told?.error ?? (typeof told?.status === 'string' ? told.status : String(result.status));
  const secrets = [...Object.values(form), basic?.clientSecret ?? ''].filter((value) => value.length >= 8);
  const words = redact(told?.error_description ?? told?.message ?? '', secrets);
  const { status } = result;
  // Servers that are in trouble have an `error` in their body as well: it is a refusal only where the status does not say "later".
  const refused = status === 400 || status === 401 || status === 403 || (ok && told?.error !== undefined);
  if (refused && !request.isTransient?.({ status: result.status, code, words }))
    return { kind: 'refused', code, words };
  return {
    kind: 'unavailable',
    message: `${name} gave no access token (HTTP ${result.status}).`,
    whole: result.status >= 500,
    retryAfterMs: retryAfterMs(result.headers['retry-after'], now()),
  };
}

/** The reply to a refresh, in the engine's words. */
export function refreshAnswerOf<Credentials>(
  name: string,
  reply: TokenReply,
  renewed: (tokens: Record<string, unknown>) => Credentials,
): RefreshAnswer<Credentials> {
  switch (reply.kind) {
    case 'tokens':
      return { kind: 'renewed', credentials: renewed(reply.tokens) };
    case 'refused': {
      const vendor = { code: reply.code, message: reply.words || null };
      return {
        kind: 'refused',
        error: syncError('AUTHENTICATION', `${name} does not renew our access any more: connect again.`, vendor),
      };
    }
    case 'unavailable': {
      const error = syncError('VENDOR_UNAVAILABLE', reply.message);
      return { kind: 'unavailable', error, whole: reply.whole, retryAfterMs: reply.retryAfterMs };
    }
  }
}

export interface DoorOptions {
  /** As its makers write it, for messages. */
  name: string;
  authorizeUrl(request: AuthorizationRequest, hosts: VendorHosts): string;
  /** `callback`: what the vendor sent back with the browser; some name the host of the account there. */
  tokenUrl(request: AuthorizationRequest, hosts: VendorHosts, callback: ReadonlyMap<string, string>): string;
  scope: string | null;
  /** Further parameters of the address. */
  parameters?: Record<string, string>;
  /** True: client id and secret go as HTTP Basic. */
  basic?: boolean;
  /** What to keep of `callback` beside the tokens, under its own name. */
  keep?: readonly string[];
}

/** OAuth 2 authorization code with PKCE (RFC 7636), for a vendor that does it by the book. */
export function authorizationDoor(options: DoorOptions): AuthorizationDoor {
  const { name, basic = false } = options;
  return {
    url({ state, codeChallenge, hosts, ...request }) {
      const url = new URL(options.authorizeUrl(request, hosts));
      const parameters = {
        response_type: 'code',
        client_id: request.clientId,
        redirect_uri: request.redirectUri,
        state,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
        ...(options.scope && { scope: options.scope }),
        ...options.parameters,
      };
      for (const [parameter, value] of Object.entries(parameters)) url.searchParams.set(parameter, value);
      return url.href;
    },

    async exchange({ callback, clientSecret, codeVerifier, ...request }, tools) {
      const { clientId, redirectUri } = request;
      const reply = await requestTokens(tools, {
        name,
        url: options.tokenUrl(request, tools.hosts, callback),
        form: {
          grant_type: 'authorization_code',
          code: callback.get('code') ?? '',
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
          ...(!basic && { client_id: clientId, client_secret: clientSecret }),
        },
        ...(basic && { basic: { clientId, clientSecret } }),
        timeoutMs: tokenMsMax,
      });
      if (reply.kind === 'unavailable') return { kind: 'unavailable', message: reply.message };
      if (reply.kind === 'refused') {
        return {
          kind: 'refused',
          message: `${name} did not take the sign-in: check the client id and secret of the app.`,
        };
      }
      const kept = (options.keep ?? []).flatMap((key) => (callback.has(key) ? [[key, callback.get(key)]] : []));
      return { kind: 'granted', tokens: { ...reply.tokens, ...Object.fromEntries(kept) } };
    },
  };
}

/** When a token that lives for so many seconds ends; null: the vendor does not say. */
export function expiryOf(expiresIn: unknown, nowMs: number): number | null {
  const seconds = typeof expiresIn === 'string' ? Number(expiresIn) : expiresIn;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? nowMs + seconds * 1_000 : null;
}
