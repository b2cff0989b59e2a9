import { type PushSession, type Stopped, syncError } from '../connector.ts';
import { accessToken, type Refresh } from '../rest/access-token.ts';
import {
  type ApiCall,
  type ApiReply,
  type ApiResponse,
  callApi,
  type RestApi,
  stopOfStatus,
  wordsOf,
} from '../rest/call.ts';
import { refreshAnswerOf, requestTokens } from '../rest/oauth.ts';
import { tokensOf } from '../rest/sign-in.ts';
import { authorizationOf, type EloquaCredentials } from './credentials.ts';
import { readRefusals } from './refusals.ts';
import { askSite, loginUrlOf, saysNotAuthenticated } from './site.ts';

export type EloquaSession = PushSession<EloquaCredentials>;

export const name = 'Eloqua';
export const bulkPath = '/api/bulk/2.0';
export const restPath = '/api/REST/1.0';
export const assetsPath = '/api/REST/2.0/assets';

/** Where the site is by now; absent: where the stored credentials say. */
const podKey = 'eloqua.pod';

const api: RestApi<EloquaCredentials> = {
  name,
  baseUrl: ({ podUrl }, { hosts, memory }) => hosts.apiUrl ?? (memory.get(podKey) as string | undefined) ?? podUrl,
  headers: (token, credentials) => ({ authorization: authorizationOf(credentials, token) }),
  refreshOf: ({ app }) => (app ? refreshWith(app) : null),
  secretsOf: ({ app, password }) => [app?.clientSecret ?? null, app?.refreshToken ?? null, password],
  // "301 Login required" is documented beside 401; it leads to a page for people.
  refusesToken: ({ status, text }) =>
    status === 401 || status === 301 || (status === 200 && saysNotAuthenticated(text)),
  renewed: async (session, token, credentials) => void (await findPod(session, token, credentials)),
};

/** Each answer brings another refresh token, and the one before is dead from then on. Source: singer-io/tap-eloqua, read 2026-08. */
function refreshWith(app: NonNullable<EloquaCredentials['app']>): Refresh<EloquaCredentials> {
  return async (session, timeoutMs) => {
    const { clientId, clientSecret, refreshToken, redirectUri } = app;
    const reply = await requestTokens(session, {
      name,
      url: tokenUrlOf(session.hosts),
      form: { grant_type: 'refresh_token', refresh_token: refreshToken, redirect_uri: redirectUri, scope: 'full' },
      basic: { clientId, clientSecret },
      timeoutMs,
      signal: session.signal,
    });
    return refreshAnswerOf(name, reply, (tokens) => ({
      ...session.credentials,
      ...tokensOf(tokens, app, session.now()),
      podUrl: (session.memory.get(podKey) as string | undefined) ?? session.credentials.podUrl,
    }));
  };
}

export const tokenUrlOf = (hosts: EloquaSession['hosts']): string => `${loginUrlOf(hosts)}/auth/oauth2/token`;

type Pod = { kind: 'moved' } | { kind: 'same' } | Extract<Stopped, { kind: 'unavailable' }>;

/** Asks where the site is, and stores it where it has moved. With a setting that says where, there is nothing to ask. */
async function findPod(session: EloquaSession, token: string, credentials: EloquaCredentials): Promise<Pod> {
  const timeoutMs = session.timeLeftMs();
  if (session.hosts.apiUrl !== null || timeoutMs <= 0 || session.signal.aborted) return { kind: 'same' };
  const before = api.baseUrl(credentials, session);
  const { signal } = session;
  const site = await askSite(session, authorizationOf(credentials, token), { timeoutMs, signal });
  if (site.kind === 'unavailable') {
    const error = syncError('VENDOR_UNAVAILABLE', site.message);
    return { kind: 'unavailable', error, whole: true, retryAfterMs: null };
  }
  if (site.kind === 'refused' || site.podUrl === null || site.podUrl === before) return { kind: 'same' };
  const { podUrl } = site;
  session.memory.set(podKey, podUrl);
  await session.renew(
    (stored) => stored.podUrl !== podUrl,
    async (stored) => ({ kind: 'renewed', credentials: { ...stored, podUrl } }),
  );
  return { kind: 'moved' };
}

/**
 * One call to the site's pod. What concerns the site as a whole (rate, storage, permission, outage) stops; what says something about the call, the
 * other 4xx as well as 2xx, is the caller's to read. Credentials that are refused are not given up before the login host said that the site is
 * where we called.
 */
export async function call(session: EloquaSession, request: ApiCall): Promise<ApiReply> {
  let reply = await callApi(api, session, request);
  if (reply.kind === 'stopped' && reply.answer.kind === 'unauthorized') {
    const pod = await podOfHeldToken(session);
    if (pod.kind === 'unavailable') return { kind: 'stopped', answer: pod };
    if (pod.kind === 'moved') reply = await callApi(api, session, request);
  }
  if (reply.kind === 'stopped') return reply;
  const answer = stopOf(reply.response, session);
  return answer ? { kind: 'stopped', answer } : reply;
}

async function podOfHeldToken(session: EloquaSession): Promise<Pod> {
  const held = await accessToken(session, null, async () => ({ kind: 'unsent' }));
  return held.kind === 'token' ? findPod(session, held.accessToken, held.credentials) : { kind: 'same' };
}

/** A 429 names no time. */
const throttledMs = 60_000;
/** Storage that is used up is looked at again after this: somebody has to delete something, and nothing tells when. */
const storageMs = 3_600_000;

/** Source: Oracle "HTTP status codes", read 2026-11. */
function stopOf(response: ApiResponse, session: EloquaSession): Stopped | null {
  const { status, body, text } = response;
  const vendor = { code: readRefusals(body, text)[0]?.code ?? String(status), message: wordsOf(session, text) };
  if (status === 403) {
    const words = 'The Eloqua user may not do this: it needs the right to use the API and to import contacts.';
    return { kind: 'hold', hold: 'NO_PERMISSION', error: syncError('CONNECTION_PERMISSION', words, vendor) };
  }
  if (status === 412 || status === 413) {
    const words = 'The storage of the Eloqua site is used up: delete data that is staged there.';
    const resetsAt = new Date(session.now() + storageMs);
    return { kind: 'quota', error: syncError('QUOTA_EXCEEDED', words, vendor), resetsAt };
  }
  if (status === 503 && /timeout/i.test(text)) {
    const error = syncError('TIMEOUT', 'Eloqua gave up on the call (HTTP 503).', vendor);
    return { kind: 'unavailable', error, whole: false, retryAfterMs: null };
  }
  return stopOfStatus(name, session, response, throttledMs);
}
