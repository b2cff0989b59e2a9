import { onTestFinished } from 'vitest';
import { type PardotOptions, type PardotSimulator, startPardot } from '../../simulators/pardot/start-pardot.ts';
import type { PushAnswer, PushRecord, PushSession } from '../../src/sync/connectors/connector.ts';
import type { PardotCredentials, PardotInput } from '../../src/sync/connectors/pardot/credentials.ts';
import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { recordOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

const now = Date.parse('2026-11-23T12:00:00Z');
const prospectsPath = '/objects/prospects';

const hostsOf = ({ url }: PardotSimulator) => ({ authUrl: url, apiUrl: url });

/** As somebody who signed in has them. */
function credentialsOf(vendor: PardotSimulator, nowMs = now): PardotCredentials {
  const { accessToken, refreshToken } = vendor.login.issue(nowMs);
  const { clientId, clientSecret, orgId } = vendor.login;
  return {
    accessToken,
    accessTokenExpiresAt: null,
    loginUrl: 'https://login.salesforce.com',
    instanceUrl: vendor.url,
    orgId,
    way: { kind: 'refresh', clientId, clientSecret, refreshToken },
    businessUnitId: vendor.businessUnitId,
    sandbox: false,
    timeZone: null,
  };
}

export const clientInputOf = (vendor: PardotSimulator): PardotInput => ({
  businessUnitId: vendor.businessUnitId,
  clientCredentials: {
    loginUrl: vendor.url,
    clientId: vendor.login.clientId,
    clientSecret: vendor.login.clientSecret,
  },
});

export async function pardotStand(): Promise<Stand<PardotInput, PardotCredentials>> {
  const vendor = await startPardot({ clock: () => now });
  const credentials = credentialsOf(vendor);
  const { accessToken, way } = credentials;
  const secrets = [accessToken ?? '', vendor.login.clientSecret, way.kind === 'refresh' ? way.refreshToken : ''];
  const refusal = (code: number, message: string) => ({
    kind: 'status' as const,
    status: 400,
    body: JSON.stringify({ code, message }),
    path: prospectsPath,
  });
  return {
    hosts: hostsOf(vendor),
    input: clientInputOf(vendor),
    credentials,
    secrets,
    stored: () => vendor.prospects().map(({ email }) => email),
    received: (email) => vendor.received(email),
    requests: () => vendor.calls().length,
    throttle: () => vendor.fault(refusal(66, 'You have exceeded your concurrent request limit.')),
    refuse: (email) => vendor.fault({ kind: 'record', code: '4', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', path: prospectsPath, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) =>
      typeof kind === 'string'
        ? vendor.fault({ kind, path: prospectsPath })
        : vendor.fault({ kind: 'status', ...kind, path: prospectsPath }),
    refuseInWords: (words) => vendor.fault({ ...refusal(154, words), times: null }),
    refuseTokens: () => vendor.refuseCalls(),
    campaign: null,
    close: vendor.close,
  };
}

/** A business unit, and a session of somebody who signed in to it. */
export async function givenPardot(options: PardotOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startPardot({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const credentials = credentialsOf(vendor, bench.now);
  const session: PushSession<PardotCredentials> = bench.session(credentials);
  const push = (record: PushRecord = recordOf('ada@example.test')) => pardot.push([record], session);
  return { bench, vendor, credentials, session, push };
}

/** The one outcome of an answer. */
export const outcomeOf = (answer: PushAnswer) => (answer.kind === 'answered' ? answer.outcomes[0] : answer);
