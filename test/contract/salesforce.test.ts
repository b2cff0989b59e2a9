import { describe, expect, test } from 'vitest';
import type { RemoteField } from '../../src/domain/mapping.ts';
import { salesforce } from '../../src/sync/connectors/salesforce/salesforce.ts';
import { connectorSuite } from './connector-suite.ts';
import {
  campaignId,
  given,
  idOf,
  kindsOf,
  leadOf,
  leadPath,
  memberPath,
  membership,
  required,
  salesforceStand,
} from './salesforce-stand.ts';

connectorSuite({
  connector: salesforce,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields: { email: 'Email', firstName: 'FirstName' },
  required,
  start: salesforceStand,
});

describe('connecting Salesforce', () => {
  async function withInput() {
    const world = await given();
    const { clientId, clientSecret, username, privateKey, orgId } = world.vendor.login;
    const client = { loginUrl: 'https://acme.my.salesforce.com', clientId, clientSecret };
    const jwt = { loginUrl: 'https://login.salesforce.com', clientId, username, privateKey };
    return { ...world, client, jwt, accountId: orgId.slice(0, 15), connect: salesforce.connect };
  }

  test('knows the org by its id, the same by client credentials and by JWT, and leads flow by both', async () => {
    const { bench, vendor, client, jwt, accountId, connect, emails } = await withInput();
    for (const [n, input] of [{ clientCredentials: client }, { jwt }].entries()) {
      const answer = await connect(input, bench.tools);
      expect(answer).toMatchObject({ kind: 'connected', accountId, accountName: expect.stringContaining('127.0.0.1') });
      if (answer.kind !== 'connected') continue;
      vendor.login.signIn.expire();
      const session = bench.session(answer.credentials);
      expect(kindsOf(await salesforce.push([leadOf(`way${n}@example.test`)], session))).toEqual(['cleared']);
    }
    expect(emails()).toEqual(['way0@example.test', 'way1@example.test']);
  });

  test('needs a user that may use the API and see leads', async () => {
    const { bench, vendor, client, connect } = await withInput();
    const refuse = (status: number, errorCode: string) =>
      vendor.fault({ kind: 'status', status, body: JSON.stringify([{ errorCode, message: 'no' }]), path: '/describe' });
    refuse(403, 'API_DISABLED_FOR_ORG');
    expect(await connect({ clientCredentials: client }, bench.tools)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('API Enabled'),
    });
    refuse(404, 'NOT_FOUND');
    expect(await connect({ clientCredentials: client }, bench.tools)).toMatchObject({ kind: 'refused' });
    refuse(503, 'SERVER_UNAVAILABLE');
    expect(await connect({ clientCredentials: client }, bench.tools)).toMatchObject({ kind: 'unavailable' });
    vendor.refuseCalls();
    expect(await connect({ clientCredentials: client }, bench.tools)).toMatchObject({ kind: 'refused', path: '' });
  });

  test('describes fields with types, options, lengths, what is required, read-only, and a key', async () => {
    const badge = { name: 'Badge__c', externalId: true, unique: true, length: 20 };
    const { session, vendor } = await given({ fields: [badge] });
    vendor.org.hide('Lead', 'Phone');
    const answer = await salesforce.describe(session);
    const fields = answer.kind === 'described' ? answer.fields : [];
    const field = (name: string): RemoteField | undefined => fields.find((one) => one.name === name);
    expect(field('LastName')).toMatchObject({ type: 'string', required: true, readOnly: false, maxLength: 80 });
    expect(field('DoNotCall')).toMatchObject({ type: 'boolean', required: false });
    expect(field('Rating')).toMatchObject({ options: ['Hot', 'Warm', 'Cold'], multiple: false });
    expect(field('Rating')?.open).not.toBe(true);
    expect(field('LeadSource')).toMatchObject({ options: ['Web', 'Trade Show', 'Other'], open: true });
    expect(field('CreatedDate')).toMatchObject({ readOnly: true, maxLength: null });
    expect(field('Badge__c')).toMatchObject({ key: true, maxLength: 20 });
    expect(field('Email')?.key).not.toBe(true); // looked up by, and not unique
    expect(field('Phone')).toBeUndefined(); // hidden from the user
  });

  test('leads people to the record at the host of the org', () => {
    const { remoteUrl } = salesforce;
    const id = '00QSim000000001AAA';
    expect(remoteUrl(id, '00D', 'acme.my.salesforce.com (00D)')).toBe(`https://acme.my.salesforce.com/${id}`);
    expect(remoteUrl(id, '00D', '127.0.0.1:4000 (00D)')).toBeNull();
  });

  test('recommends what every new lead needs', async () => {
    const { session } = await given();
    const answer = await salesforce.describe(session);
    const needed =
      answer.kind === 'described' ? answer.fields.filter((field) => field.required && !field.readOnly) : [];
    const recommended = salesforce.recommended.map(({ remoteField }) => remoteField);
    expect(recommended).toEqual(expect.arrayContaining(needed.map(({ name }) => name)));
  });
});

test('a push whose second write is throttled keeps what the first one wrote', async () => {
  const { vendor, session } = await given();
  const remoteId = idOf(await salesforce.push([leadOf('known@example.test')], session));
  vendor.fault({ kind: 'status', status: 429, body: '', method: 'POST', path: leadPath });
  const batch = [leadOf('known@example.test', {}, { remoteId }), leadOf('new@example.test')];
  expect(await salesforce.push(batch, session)).toMatchObject({
    outcomes: [{ kind: 'cleared', remoteId }, { kind: 'interrupted' }],
    interruption: { kind: 'throttled' },
  });
});

describe('a member of a campaign', () => {
  test('who is one already gets the status, and nothing is written where it is right', async () => {
    const { session, paths, members } = await given();
    const batch = ['a', 'b'].map((name) => leadOf(`${name}@example.test`, {}, { campaign: membership('Responded') }));
    const first = await salesforce.push(batch, session);
    const again = batch.map((record, index) => ({
      ...record,
      remoteId: idOf(first, index),
      written: true,
      campaign: membership(index === 0 ? 'Booth visit' : 'Responded'),
    }));
    const before = paths().length;
    expect(kindsOf(await salesforce.push(again, session))).toEqual(['cleared', 'cleared']);
    expect(paths().slice(before)).toEqual(['POST /composite/sobjects', 'GET /query', 'PATCH /composite/sobjects']);
    expect(members().map(({ Status }) => Status)).toEqual(['Booth visit', 'Responded']);
  });

  test('whom two items name gets the status of the last one, in calls of their own', async () => {
    const { session, members } = await given();
    const record = leadOf('a@example.test', {}, { campaign: membership('Responded') });
    const remoteId = idOf(await salesforce.push([record], session));
    const two = ['Sent', 'Booth visit'].map((status, n) => ({
      ...record,
      itemId: `item-${n}`,
      remoteId,
      written: true,
      campaign: membership(status),
    }));
    expect(kindsOf(await salesforce.push(two, session))).toEqual(['cleared', 'cleared']);
    expect(members()).toEqual([{ person: remoteId, Status: 'Booth visit' }]);
  });

  test('with a status that the campaign does not have fails, and the lead is kept', async () => {
    const { session, emails } = await given();
    const record = leadOf('a@example.test', {}, { campaign: membership('Nowhere') });
    expect(await salesforce.push([record], session)).toMatchObject({
      outcomes: [
        { kind: 'failed', error: { category: 'CAMPAIGN_NOT_FOUND' }, written: { remoteId: expect.any(String) } },
      ],
    });
    expect(emails()).toHaveLength(1);
  });

  test('whose lead was converted since joins as the contact', async () => {
    const { vendor, session, members } = await given();
    const remoteId = idOf(await salesforce.push([leadOf('a@example.test')], session));
    const contactId = vendor.org.convert(remoteId);
    const record = leadOf('a@example.test', {}, { remoteId, written: true, campaign: membership() });
    expect(idOf(await salesforce.push([record], session))).toBe(contactId);
    expect(members()).toEqual([{ person: contactId, Status: 'Booth visit' }]);
    expect(kindsOf(await salesforce.push([record], session))).toEqual(['cleared']);
    expect(members()).toHaveLength(1);
  });

  test('whose lead was deleted since is made anew by the next push', async () => {
    const { vendor, session, members } = await given();
    const remoteId = idOf(await salesforce.push([leadOf('a@example.test')], session));
    vendor.org.remove('Lead', remoteId);
    const record = leadOf('a@example.test', {}, { remoteId, written: true, campaign: membership() });
    const answer = await salesforce.push([record], session);
    expect(answer).toMatchObject({ outcomes: [{ kind: 'failed', error: { category: 'REMOTE_RECORD_GONE' } }] });
    expect(answer).not.toHaveProperty('outcomes.0.written');
    expect(kindsOf(await salesforce.push([{ ...record, written: false }], session))).toEqual(['cleared']);
    expect(members()).toHaveLength(1);
  });

  test('that is locked is made once the lock is gone, in the same push', async () => {
    const { vendor, session, members } = await given();
    vendor.fault({ kind: 'record', code: 'UNABLE_TO_LOCK_ROW', path: memberPath, times: 2 });
    const batch = ['a', 'b', 'c'].map((name) => leadOf(`${name}@example.test`, {}, { campaign: membership() }));
    expect(kindsOf(await salesforce.push(batch, session))).toEqual(['cleared', 'cleared', 'cleared']);
    expect(members()).toHaveLength(3);
  });

  test('without the permission for campaigns fails with it; the lead is kept, and the others go on', async () => {
    const { vendor, session, emails } = await given();
    const code = 'INSUFFICIENT_ACCESS_OR_READONLY';
    vendor.fault({ kind: 'record', code, path: memberPath, email: 'a@example.test', times: null });
    const batch = ['a', 'b'].map((name) => leadOf(`${name}@example.test`, {}, { campaign: membership() }));
    expect(await salesforce.push(batch, session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'CONNECTION_PERMISSION' }, written: {} }, { kind: 'cleared' }],
    });
    expect(emails()).toHaveLength(2);
  });

  test.for(['at the look-up of the status', 'at its change'])('stopped %s is nobody’s failure', async (at) => {
    const { vendor, session } = await given();
    const record = leadOf('a@example.test', {}, { campaign: membership('Responded') });
    const remoteId = idOf(await salesforce.push([record], session));
    const again = { ...record, remoteId, written: true, campaign: membership() };
    const { bench } = { bench: session };
    const http = {
      ...bench.http,
      async request(request: Parameters<typeof bench.http.request>[0]) {
        const isIt = at.includes('look-up') ? request.url.includes('/query') : request.method === 'PATCH';
        if (isIt) vendor.fault({ kind: 'status', status: 429, body: '' });
        return bench.http.request(request);
      },
    };
    expect(await salesforce.push([again], { ...session, http })).toMatchObject({
      outcomes: [{ kind: 'interrupted', written: { remoteId } }],
      interruption: { kind: 'throttled' },
    });
  });

  test('of campaigns of every state, found by their names as they are', async () => {
    const { vendor, session } = await given();
    for (const [n, Name] of ['100% off', '100 days', "O'Brien_day"].entries()) {
      vendor.org.add('Campaign', { Name, IsActive: false }, `701Sim00000001${n}AAA`);
    }
    const namesOf = async (search: string | null) => {
      const answer = await salesforce.campaigns?.list(search, session);
      return answer?.kind === 'campaigns' ? answer.campaigns.map(({ name }) => name) : answer;
    };
    expect(await namesOf(null)).toEqual(['100 days', '100% off', 'Harbor Expo', "O'Brien_day"]);
    expect(await namesOf('100%')).toEqual(['100% off']);
    expect(await namesOf("o'brien_")).toEqual(["O'Brien_day"]);
    expect(await salesforce.campaigns?.find(campaignId, session)).toMatchObject({
      campaign: { memberStatuses: ['Sent', 'Responded', 'Booth visit'] },
    });
    expect(await salesforce.campaigns?.find("701' OR Name LIKE '%", session)).toMatchObject({ campaign: null });
  });
});
