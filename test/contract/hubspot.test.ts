import { describe, expect, onTestFinished, test } from 'vitest';
import { type HubspotOptions, type HubspotSimulator, startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import type { PushAnswer } from '../../src/sync/connectors/connector.ts';
import type { HubspotCredentials, HubspotInput } from '../../src/sync/connectors/hubspot/credentials.ts';
import { hubspot } from '../../src/sync/connectors/hubspot/hubspot.ts';
import { connectorSuite } from './connector-suite.ts';
import { recordOf, recordsOf } from './records.ts';
import type { Stand } from './stand.ts';
import { createWorkbench } from './workbench.ts';

const fields = { email: 'email', firstName: 'firstname' };
const lists = [{ listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' as const }];
const batchPath = '/contacts/batch/';
const hostsOf = (vendor: HubspotSimulator) => ({ authUrl: vendor.url, apiUrl: vendor.url });
const of = (email: string) => recordOf(email, { values: { email, firstname: email.split('@')[0] ?? '' } });

/** An account that somebody signed in to, so that there are tokens to refuse. */
async function standOf(options: HubspotOptions): Promise<Stand<HubspotInput, HubspotCredentials>> {
  const vendor = await startHubspot({ clock: () => Date.parse('2026-11-23T12:00:00Z'), lists, ...options });
  const { accessToken, refreshToken } = vendor.signIn.issue(Date.parse('2026-11-23T12:00:00Z'));
  const { clientId, clientSecret } = vendor;
  const membershipPath = '/memberships/add';
  const emailOf = (id: string) => vendor.contacts().find((contact) => contact.id === id)?.properties.email ?? '';
  return {
    hosts: hostsOf(vendor),
    input: { accessToken: vendor.accessToken },
    credentials: {
      accessToken,
      accessTokenExpiresAt: Date.parse('2026-11-23T12:30:00Z'),
      app: { clientId, clientSecret, refreshToken },
      portalId: '4711',
      timeZone: 'US/Eastern',
    },
    secrets: [accessToken, refreshToken, clientSecret],
    stored: () => vendor.contacts().map(({ properties }) => properties.email ?? ''),
    received: (email) => vendor.received(email),
    requests: () => vendor.calls().length,
    throttle: () =>
      vendor.fault({ kind: 'status', status: 429, body: '{"policyName":"TEN_SECONDLY_ROLLING"}', path: batchPath }),
    refuse: (email) => vendor.fault({ kind: 'record', code: 'INVALID_EMAIL', email, times: null }),
    hang: (afterWrite) => vendor.fault({ kind: 'hang', path: batchPath, afterWrite }),
    untilHanging: vendor.untilHanging,
    answer: (kind) =>
      typeof kind === 'string'
        ? vendor.fault({ kind, path: batchPath })
        : vendor.fault({ kind: 'status', ...kind, path: batchPath }),
    refuseInWords: (words) =>
      vendor.fault({
        kind: 'status',
        status: 400,
        body: JSON.stringify({ category: 'VALIDATION_ERROR', message: words }),
        path: batchPath,
        times: null,
      }),
    refuseTokens: () => vendor.refuseCalls(),
    campaign: {
      id: '77',
      name: 'Harbor Expo',
      memberStatus: '',
      members: () => Object.fromEntries(vendor.membersOf('77').map((id) => [emailOf(id), ''])),
      writes: () => vendor.calls().filter(({ path }) => /batch\/(upsert|update)$/.test(path)).length,
      hang: (afterWrite) => vendor.fault({ kind: 'hang', path: membershipPath, afterWrite }),
      throttle: () => vendor.fault({ kind: 'status', status: 429, body: '{}', path: membershipPath }),
      remove: () => vendor.removeList('77'),
    },
    close: vendor.close,
  };
}

connectorSuite({
  connector: hubspot,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields,
  start: () => standOf({ rateMax: null }),
});

async function given(options: HubspotOptions = {}) {
  const bench = createWorkbench();
  const vendor = await startHubspot({ clock: () => bench.now, ...options });
  onTestFinished(() => vendor.close());
  bench.tools.hosts = hostsOf(vendor);
  const credentials = {
    accessToken: vendor.accessToken,
    accessTokenExpiresAt: null,
    app: null,
    portalId: '4711',
    timeZone: 'US/Eastern',
  };
  const session = bench.session(credentials);
  return { bench, vendor, session };
}

const kindsOf = (answer: PushAnswer) =>
  answer.kind === 'answered' ? answer.outcomes.map(({ kind }) => kind) : answer.kind;

describe('HubSpot', () => {
  test('is connected by a static token: the portal is the account', async () => {
    const { bench, vendor } = await given();
    expect(await hubspot.connect({ accessToken: vendor.accessToken }, bench.tools)).toMatchObject({
      kind: 'connected',
      accountId: '4711',
      credentials: { portalId: '4711', timeZone: 'US/Eastern', app: null },
    });
    expect(await hubspot.connect({ accessToken: 'pat-wrong' }, bench.tools)).toMatchObject({ kind: 'refused' });
    expect(await hubspot.connect({}, bench.tools)).toMatchObject({ kind: 'refused' });
    expect(await hubspot.connect({ authorizationId: 'unknown' }, bench.tools)).toMatchObject({
      path: 'authorizationId',
    });
  });

  test('a contact in a batch that is not right fails alone; results come in any order', async () => {
    const { vendor, session } = await given();
    const batch = [
      of('a@example.test'),
      { ...of('b@example.test'), values: { email: 'b@example.test', nowhere: 'x' } },
      of('c@example.test'),
    ];
    const answer = await hubspot.push(batch, session);
    expect(kindsOf(answer)).toEqual(['cleared', 'failed', 'cleared']);
    expect(answer).toMatchObject({
      outcomes: [{}, { error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'nowhere' } }, {}],
    });
    expect(vendor.contacts().map(({ properties }) => properties.email)).toEqual(['a@example.test', 'c@example.test']);
  });

  test('a known contact is written by id, also under another address; one that is gone is matched anew', async () => {
    const { vendor, session } = await given();
    await hubspot.push([of('old@example.test')], session);
    const [contact] = vendor.contacts();
    const corrected = { ...of('new@example.test'), remoteId: contact?.id ?? null };
    await hubspot.push([corrected], session);
    expect(vendor.contacts().map(({ properties }) => properties.email)).toEqual(['new@example.test']);
    vendor.deleteContact(contact?.id ?? '');
    expect(kindsOf(await hubspot.push([corrected], session))).toEqual(['cleared']);
    expect(vendor.contacts()).toHaveLength(1);
  });

  test('a conflict names the contact that exists, which is updated', async () => {
    const { vendor, session } = await given();
    await hubspot.push([of('held@example.test')], session);
    const [contact] = vendor.contacts();
    const message = `Contact already exists. Existing ID: ${contact?.id}`;
    vendor.fault({ kind: 'record', code: 'CONFLICT', message, email: 'held@example.test' });
    expect(kindsOf(await hubspot.push([of('held@example.test')], session))).toEqual(['cleared']);
  });

  test('an answer without a word of the contacts is no success', async () => {
    const { vendor, session } = await given();
    vendor.answerNothing(true);
    expect(await hubspot.push([of('lost@example.test')], session)).toMatchObject({ outcomes: [{ kind: 'postponed' }] });
  });

  test.for([
    [429, { policyName: 'TEN_SECONDLY_ROLLING' }, { kind: 'throttled', retryAfterMs: 10_000 }],
    [429, { policyName: 'SECONDLY' }, { kind: 'throttled', retryAfterMs: 1_000 }],
    [429, { policyName: 'DAILY' }, { kind: 'quota', resetsAt: new Date('2026-11-24T05:00:00Z') }],
    [423, {}, { kind: 'throttled', retryAfterMs: 2_000 }],
    [403, { category: 'MISSING_SCOPES' }, { kind: 'hold', hold: 'NO_PERMISSION' }],
    [500, {}, { kind: 'unavailable', whole: true }],
    [503, {}, { kind: 'unavailable', whole: true }],
    [504, {}, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    [413, {}, { kind: 'refused', error: { category: 'DATA_VALUE_VALIDATION' } }],
  ] as const)('%i %o', async ([status, body, expected]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'status', status, body: JSON.stringify(body), path: batchPath });
    expect(
      await hubspot.push(
        recordsOf(2).map(({ values }) => of(values.email ?? '')),
        session,
      ),
    ).toMatchObject(expected);
  });

  test.for([
    ['PROPERTY_DOESNT_EXIST', 'MISSING_REMOTE_FIELD'],
    ['READ_ONLY_VALUE', 'MISSING_REMOTE_FIELD'],
    ['INVALID_OPTION', 'DATA_VALUE_VALIDATION'],
    ['INVALID_EMAIL', 'DATA_VALUE_VALIDATION'],
    ['INVALID_LONG', 'DATA_VALUE_VALIDATION'],
    ['INVALID_DATE', 'DATA_VALUE_VALIDATION'],
    ['REQUIRED_PROPERTY_MISSING', 'REQUIRED_REMOTE_FIELD'],
    ['SOMETHING_NEW', 'DATA_VALUE_VALIDATION'], // of the category VALIDATION_ERROR, which says as much
  ] as const)('%s is %s, with the words of HubSpot', async ([code, category]) => {
    const { vendor, session } = await given();
    vendor.fault({ kind: 'record', code, message: 'In their words.', email: 'a@example.test' });
    expect(await hubspot.push([of('a@example.test')], session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category, vendorCode: code, vendorMessage: 'In their words.' } }],
    });
  });

  test('tells what its headers say of the rate and of the day', async () => {
    const { bench, session } = await given({ dailyMax: 500 });
    await hubspot.push([of('a@example.test')], session);
    expect(bench.learnt).toContainEqual({
      rate: { calls: 100, windowMs: 10_000 },
      daily: { limit: 500, remaining: 499, resetsAt: new Date('2026-11-24T05:00:00Z') },
    });
  });
});
