import { onTestFinished } from 'vitest';
import {
  type PipedriveOptions,
  type PipedriveSimulator,
  startPipedrive,
} from '../../simulators/pipedrive/start-pipedrive.ts';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { PipedriveCredentials, PipedriveInput } from '../../src/sync/connectors/pipedrive/credentials.ts';
import { recordOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const personsPath = '/api/v2/persons';
const hostsOf = ({ url }: PipedriveSimulator) => ({ authUrl: url, apiUrl: url });

/** Credentials of somebody who signed in, so that there are tokens to refuse. */
function signedIn(vendor: PipedriveSimulator): PipedriveCredentials & { app: { refreshToken: string } } {
  const { accessToken, refreshToken } = vendor.signIn.issue(nowMs);
  const { clientId, clientSecret, url } = vendor;
  const app = { clientId, clientSecret, refreshToken };
  return { accessToken, accessTokenExpiresAt: nowMs + 3_600_000, app, apiDomain: url, currency: 'EUR' };
}

/** In the suite's words. */
export async function pipedriveStand(
  options: PipedriveOptions = {},
): Promise<Stand<PipedriveInput, PipedriveCredentials>> {
  const vendor = await startPipedrive({ clock: () => nowMs, rateMax: null, searchMax: null, ...options });
  const credentials = signedIn(vendor);
  return {
    hosts: hostsOf(vendor),
    input: { companyDomain: 'acme', apiToken: vendor.apiToken },
    credentials,
    secrets: [credentials.accessToken ?? '', credentials.app.refreshToken, vendor.clientSecret],
    stored: () => vendor.persons().flatMap(({ emails }) => emails.map(({ value }) => value)),
    received: (email) => vendor.received(email),
    requests: () => vendor.calls().length,
    throttle: () => vendor.fault({ kind: 'status', status: 429, path: personsPath }),
    refuse: (email) => vendor.fault({ kind: 'record', code: '400', message: 'name: not accepted', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', method: 'POST', path: personsPath, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) =>
      typeof kind === 'string'
        ? vendor.fault({ kind, path: personsPath })
        : vendor.fault({ kind: 'status', ...kind, path: personsPath }),
    refuseInWords: (words) => {
      const body = JSON.stringify({ success: false, error: words });
      vendor.fault({ kind: 'status', status: 400, body, path: personsPath, times: null });
    },
    refuseTokens: () => vendor.refuseCalls(),
    campaign: null,
    close: vendor.close,
  };
}

/** A company whose API token is known, with a session. */
export async function givenPipedrive(options: PipedriveOptions = {}) {
  const bench = createWorkbench();
  bench.now = nowMs;
  const vendor = await startPipedrive({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const credentials: PipedriveCredentials = {
    accessToken: vendor.apiToken,
    accessTokenExpiresAt: null,
    app: null,
    apiDomain: vendor.url,
    currency: 'EUR',
  };
  return { bench, vendor, credentials, session: bench.session(credentials) };
}

/** A record mapped as recommended, and what else is given. */
export const personOf = (email: string, more: Record<string, string> = {}, of: Partial<PushRecord> = {}): PushRecord =>
  recordOf(email, {
    values: { emails: email, first_name: email.split('@')[0] ?? '', last_name: 'Lovelace', ...more },
    ...of,
  });

export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;
