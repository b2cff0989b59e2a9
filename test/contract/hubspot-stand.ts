import { onTestFinished } from 'vitest';
import { type HubspotOptions, type HubspotSimulator, startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { HubspotCredentials } from '../../src/sync/connectors/hubspot/credentials.ts';
import { recordOf } from './records.ts';
import { createWorkbench } from './workbench.ts';

export const hostsOf = (vendor: HubspotSimulator) => ({ authUrl: vendor.url, apiUrl: vendor.url });

/** A lead as it is mapped to HubSpot's standard properties. */
export const contactOf = (email: string, more: Partial<PushRecord> = {}): PushRecord =>
  recordOf(email, { values: { email, firstname: email.split('@')[0] ?? '' }, ...more });

/** An account with a session by its static token, which is no app's; it ends with the test. */
export async function givenHubspot(options: HubspotOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startHubspot({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const credentials: HubspotCredentials = {
    accessToken: vendor.accessToken,
    accessTokenExpiresAt: null,
    app: null,
    portalId: '4711',
    timeZone: 'US/Eastern',
  };
  return { bench, vendor, credentials, session: bench.session(credentials) };
}

export const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;
