import { nextMidnight } from '../../../domain/next-midnight.ts';
import type { LearntLimits, PushSession, Session, Stopped, VendorHosts } from '../connector.ts';
import type { Refresh } from '../rest/access-token.ts';
import { type ApiCall, type ApiResponse, callApi, type RestApi } from '../rest/call.ts';
import { refreshAnswerOf, requestTokens } from '../rest/oauth.ts';
import { tokensOf } from '../rest/sign-in.ts';
import type { HubspotCredentials } from './credentials.ts';
import { name, stopOf } from './stops.ts';

export type HubspotSession = PushSession<HubspotCredentials>;

const apiHost = 'https://api.hubapi.com';
const baseUrlOf = ({ apiUrl }: VendorHosts): string => apiUrl ?? apiHost;
/** Of tokens: HubSpot has it where its API is. */
export const authBaseOf = ({ authUrl, apiUrl }: VendorHosts): string => authUrl ?? apiUrl ?? apiHost;
export const tokenUrlOf = (hosts: VendorHosts): string => `${authBaseOf(hosts)}/oauth/v1/token`;

const api: RestApi<HubspotCredentials> = {
  name,
  baseUrl: (_credentials, { hosts }) => baseUrlOf(hosts),
  headers: (accessToken) => ({ authorization: `Bearer ${accessToken}` }),
  refreshOf: ({ app }) => (app ? refreshWith(app) : null),
  secretsOf: ({ app }) => [app?.clientSecret ?? null, app?.refreshToken ?? null],
  refusesToken: ({ status }) => status === 401,
  learn: (response, session) => session.learned(limitsOf(response, session)),
};

/** HubSpot may hand out another refresh token with each answer; the one before is then no good any more. */
function refreshWith(app: NonNullable<HubspotCredentials['app']>): Refresh<HubspotCredentials> {
  return async (session, timeoutMs) => {
    const { clientId, clientSecret, refreshToken } = app;
    const reply = await requestTokens(session, {
      name,
      url: tokenUrlOf(session.hosts),
      form: {
        grant_type: 'refresh_token',
        client_id: clientId,
        client_secret: clientSecret,
        refresh_token: refreshToken,
      },
      timeoutMs,
      signal: session.signal,
    });
    return refreshAnswerOf(name, reply, (tokens) => ({
      ...session.credentials,
      ...tokensOf(tokens, app, session.now()),
    }));
  };
}

/** Source: HubSpot "API usage guidelines and limits", read 2026-11. The daily pair is absent for apps that people signed in to. */
function limitsOf({ headers }: ApiResponse, session: Session<HubspotCredentials>): LearntLimits {
  const number = (header: string) => {
    const value = headers[header];
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
  };
  const calls = number('x-hubspot-ratelimit-max');
  const windowMs = number('x-hubspot-ratelimit-interval-milliseconds');
  const limit = number('x-hubspot-ratelimit-daily');
  const remaining = number('x-hubspot-ratelimit-daily-remaining');
  const { timeZone } = session.credentials;
  return {
    ...(calls && windowMs && { rate: { calls, windowMs } }),
    ...(limit &&
      remaining !== null && { daily: { limit, remaining, resetsAt: nextMidnight(session.now(), timeZone) } }),
  };
}

export type Reply = { kind: 'response'; response: ApiResponse } | { kind: 'stopped'; answer: Stopped };

/**
 * One call. What concerns the account as a whole (rate, quota, permission, outage) stops; what says something about the records, 400 and 404 and
 * 409 as well as 2xx, is the caller's to read.
 */
export async function call(session: HubspotSession, request: ApiCall): Promise<Reply> {
  const reply = await callApi(api, session, request);
  if (reply.kind === 'stopped') return reply;
  const answer = stopOf(reply.response, session);
  return answer ? { kind: 'stopped', answer } : reply;
}
