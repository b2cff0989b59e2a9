import { onTestFinished } from 'vitest';
import { type EloquaOptions, type EloquaSimulator, startEloqua } from '../../simulators/eloqua/start-eloqua.ts';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { EloquaCredentials, EloquaInput } from '../../src/sync/connectors/eloqua/credentials.ts';
import { recordOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

export const fields = { email: 'C_EmailAddress', firstName: 'C_FirstName' };
export const dataPath = '/data';
const startMs = Date.parse('2026-11-23T12:00:00Z');

/** A record with a first name, and what else is given. */
export function of(email: string, values: Record<string, string> = {}, more: Partial<PushRecord> = {}): PushRecord {
  const firstName = email.split('@')[0] ?? '';
  return recordOf(email, { values: { C_EmailAddress: email, C_FirstName: firstName, ...values }, ...more });
}

export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

/** What somebody who signed in is stored with. */
function signedIn(vendor: EloquaSimulator, nowMs: number): EloquaCredentials {
  const { accessToken, refreshToken } = vendor.signIn.issue(nowMs);
  const { clientId, clientSecret } = vendor;
  return {
    accessToken,
    accessTokenExpiresAt: nowMs + 28_800_000,
    app: { clientId, clientSecret, refreshToken, redirectUri: 'https://sluice.example/oauth/callback' },
    password: null,
    podUrl: vendor.podUrl(),
  };
}

/** One test's own Eloqua, whose time passes when a push waits. */
export async function givenEloqua(options: EloquaOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startEloqua({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = { authUrl: vendor.url, apiUrl: null };
  const { company, username, password } = vendor;
  const credentials = signedIn(vendor, bench.now);
  return { bench, vendor, credentials, session: bench.session(credentials), basic: { company, username, password } };
}

/** An account that somebody signed in to, so that there are tokens to refuse. */
export async function standOf(options: EloquaOptions = {}): Promise<Stand<EloquaInput, EloquaCredentials>> {
  let now = startMs;
  const vendor = await startEloqua({ clock: () => now, importsPerHourMax: null, ...options });
  const credentials = signedIn(vendor, now);
  const { company, username, password } = vendor;
  const path = dataPath;
  return {
    hosts: { authUrl: vendor.url, apiUrl: vendor.url },
    input: { company, username, password },
    credentials,
    secrets: [credentials.accessToken, credentials.app?.clientSecret, credentials.app?.refreshToken].map(String),
    stored: () => vendor.contacts().map(({ values }) => values[fields.email] ?? ''),
    received: (email) => vendor.received(email).at(-1),
    requests: () => vendor.calls().length,
    throttle: () => vendor.fault({ kind: 'status', status: 429, body: 'Too Many Requests', path }),
    refuse: (email) => vendor.fault({ kind: 'record', code: 'ELQ-00002', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', path, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) => vendor.fault(typeof kind === 'string' ? { kind, path } : { kind: 'status', ...kind, path }),
    refuseInWords: (words) =>
      vendor.fault({
        kind: 'status',
        status: 400,
        body: JSON.stringify([
          { type: 'ObjectValidationError', requirement: { type: 'ContentRequirement' }, value: words },
        ]),
        path,
        times: null,
      }),
    refuseTokens: () => vendor.refuseCalls(),
    campaign: null,
    elapse: (ms) => {
      now += ms;
    },
    close: vendor.close,
  };
}
