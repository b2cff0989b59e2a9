import { describe, expect, test } from 'vitest';
import { type HubspotOptions, startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import type { HubspotCredentials, HubspotInput } from '../../src/sync/connectors/hubspot/credentials.ts';
import { hubspot } from '../../src/sync/connectors/hubspot/hubspot.ts';
import { connectorSuite } from './connector-suite.ts';
import { contactOf, givenHubspot, hostsOf, kindsOf } from './hubspot-stand.ts';
import type { Stand } from './stand.ts';

const fields = { email: 'email', firstName: 'firstname' };
const lists = [{ listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' as const }];
const batchPath = '/contacts/batch/';

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

describe('HubSpot', () => {
  test('a contact in a batch that is not right fails alone; results come in any order', async () => {
    const { vendor, session } = await givenHubspot();
    const batch = [
      contactOf('a@example.test'),
      { ...contactOf('b@example.test'), values: { email: 'b@example.test', nowhere: 'x' } },
      contactOf('c@example.test'),
    ];
    const answer = await hubspot.push(batch, session);
    expect(kindsOf(answer)).toEqual(['cleared', 'failed', 'cleared']);
    expect(answer).toMatchObject({
      outcomes: [{}, { error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'nowhere' } }, {}],
    });
    expect(vendor.contacts().map(({ properties }) => properties.email)).toEqual(['a@example.test', 'c@example.test']);
  });

  test('a known contact is written by id, also under another address; one that is gone is matched anew', async () => {
    const { vendor, session } = await givenHubspot();
    await hubspot.push([contactOf('old@example.test')], session);
    const [contact] = vendor.contacts();
    const corrected = { ...contactOf('new@example.test'), remoteId: contact?.id ?? null };
    await hubspot.push([corrected], session);
    expect(vendor.contacts().map(({ properties }) => properties.email)).toEqual(['new@example.test']);
    vendor.deleteContact(contact?.id ?? '');
    expect(kindsOf(await hubspot.push([corrected], session))).toEqual(['cleared']);
    expect(vendor.contacts()).toHaveLength(1);
  });

  test('two leads of one contact go in calls of their own', async () => {
    const { vendor, session } = await givenHubspot();
    await hubspot.push([contactOf('a@example.test')], session);
    const remoteId = vendor.contacts()[0]?.id ?? null;
    const batch = [contactOf('a@example.test', { remoteId }), contactOf('b@example.test', { remoteId })];
    expect(kindsOf(await hubspot.push(batch, session))).toEqual(['cleared', 'cleared']);
    expect(vendor.contacts().map(({ properties }) => properties.email)).toEqual(['b@example.test']);
  });

  test('a conflict names the contact that exists, which is updated', async () => {
    const { vendor, session } = await givenHubspot();
    await hubspot.push([contactOf('held@example.test')], session);
    const [contact] = vendor.contacts();
    const message = `Contact already exists. Existing ID: ${contact?.id}`;
    vendor.fault({ kind: 'record', code: 'CONFLICT', message, email: 'held@example.test' });
    expect(kindsOf(await hubspot.push([contactOf('held@example.test')], session))).toEqual(['cleared']);
  });

  test('an answer without a word of the contacts is no success', async () => {
    const { vendor, session } = await givenHubspot();
    vendor.answerNothing(true);
    expect(await hubspot.push([contactOf('lost@example.test')], session)).toMatchObject({
      outcomes: [{ kind: 'postponed' }],
    });
  });

  test('tells what its headers say of the rate and of the day', async () => {
    const { bench, session } = await givenHubspot({ dailyMax: 500 });
    await hubspot.push([contactOf('a@example.test')], session);
    expect(bench.learnt).toContainEqual({
      rate: { calls: 100, windowMs: 10_000 },
      daily: { limit: 500, remaining: 499, resetsAt: new Date('2026-11-24T05:00:00Z') },
    });
  });
});
