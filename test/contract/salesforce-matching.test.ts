import { describe, expect, test } from 'vitest';
import type { RemoteField } from '../../src/domain/mapping.ts';
import type { PushRecord } from '../../src/sync/connectors/connector.ts';
import { salesforce } from '../../src/sync/connectors/salesforce/salesforce.ts';
import { given, idOf, kindsOf, leadOf, required } from './salesforce-stand.ts';

const badge = { name: 'Badge__c', externalId: true, idLookup: true, unique: true };

/** With what Salesforce says of its fields, as the engine hands it over. */
async function withFields({ session }: Awaited<ReturnType<typeof given>>, record: PushRecord): Promise<PushRecord> {
  const answer = await salesforce.describe(session);
  const fields = answer.kind === 'described' ? answer.fields : [];
  return { ...record, fields: new Map(fields.map((field: RemoteField) => [field.name, field])) };
}

const queries = (calls: readonly { method: string; path: string }[]) =>
  calls.filter(({ method, path }) => method === 'GET' && path.includes('/query')).length;

describe('a lead of Salesforce', () => {
  test('that somebody made there is found by its address, in whatever case, and updated; nothing else is lost', async () => {
    const { vendor, session } = await given();
    const { Id } = vendor.org.add('Lead', { ...required, Email: 'Ada@Example.Test', Phone: '1', LastName: 'Byron' });
    expect(idOf(await salesforce.push([leadOf('ada@example.test')], session))).toBe(Id);
    expect(vendor.leads()).toMatchObject([{ Id, LastName: 'Lovelace', Phone: '1' }]);
  });

  test('whose address has quotes and backslashes is found, and no condition can be smuggled into the query', async () => {
    const { session, emails } = await given();
    const odd = ["o'hara@example.test", String.raw`a\'b@example.test`, `x') OR (Email != '@example.test`];
    const batch = odd.slice(0, 2).map((email) => leadOf(email));
    expect(kindsOf(await salesforce.push(batch, session))).toEqual(['cleared', 'cleared']);
    expect(kindsOf(await salesforce.push(batch, session))).toEqual(['cleared', 'cleared']);
    expect(emails()).toEqual(odd.slice(0, 2));
    const answer = await salesforce.lookup?.([leadOf(odd[2] ?? '')], [], session);
    expect(answer).toEqual({ kind: 'found', records: [null] });
  });

  test('with long addresses: a batch asks in addresses of less than 16 KB, and page by page', async () => {
    const { vendor, bench, session, emails } = await given({ pageSize: 30 });
    const batch = Array.from({ length: 200 }, (_, n) => leadOf(`${'x'.repeat(34)}${n}@${'a'.repeat(30)}.test`));
    await salesforce.push(batch, session);
    const before = queries(vendor.calls());
    expect(kindsOf(await salesforce.push(batch, session))).toEqual(batch.map(() => 'cleared'));
    expect(emails()).toHaveLength(200);
    expect(queries(vendor.calls()) - before).toBeGreaterThan(5);
    expect(bench.finished.filter(({ result }) => result === 414 || result === 431)).toEqual([]);
  });

  test('that is there several times is a duplicate, and the ids are named', async () => {
    const { vendor, session } = await given();
    const ids = [1, 2].map(() => vendor.org.add('Lead', { ...required, Email: 'twin@example.test' }).Id);
    const answer = await salesforce.push([leadOf('twin@example.test'), leadOf('sole@example.test')], session);
    expect(answer).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'DUPLICATE' } }, { kind: 'cleared' }],
    });
    for (const id of ids) expect(JSON.stringify(answer)).toContain(id);
  });

  test('that is known is written by its id without a look-up, also under another address', async () => {
    const { vendor, session, emails, paths } = await given();
    const remoteId = idOf(await salesforce.push([leadOf('old@example.test')], session));
    const before = paths().length;
    expect(idOf(await salesforce.push([leadOf('new@example.test', {}, { remoteId })], session))).toBe(remoteId);
    expect(paths().slice(before)).toEqual(['PATCH /composite/sobjects']);
    expect(emails()).toEqual(['new@example.test']);
    expect(vendor.leads()).toHaveLength(1);
  });

  test('that was deleted is matched by its address, and made anew where there is none', async () => {
    const { vendor, session } = await given();
    const remoteId = idOf(await salesforce.push([leadOf('gone@example.test')], session));
    vendor.org.remove('Lead', remoteId);
    const known = leadOf('gone@example.test', {}, { remoteId });
    const anew = idOf(await salesforce.push([known], session));
    expect(anew).not.toBe(remoteId);
    expect(vendor.leads()).toHaveLength(1);
    // The old id again, as a retry would: the one that is there now is found.
    expect(idOf(await salesforce.push([known], session))).toBe(anew);
    // An id that was never one of this org.
    const foreign = leadOf('gone@example.test', {}, { remoteId: '00QSim999999999AAA' });
    expect(idOf(await salesforce.push([foreign], session))).toBe(anew);
    expect(vendor.leads()).toHaveLength(1);
  });

  test('that two items share goes in two calls, as Salesforce refuses an id twice in one', async () => {
    const { session, paths } = await given();
    const remoteId = idOf(await salesforce.push([leadOf('shared@example.test')], session));
    const before = paths().length;
    const two = [1, 2].map((n) => leadOf('shared@example.test', {}, { remoteId, itemId: `item-${n}` }));
    expect(kindsOf(await salesforce.push(two, session))).toEqual(['cleared', 'cleared']);
    expect(paths().slice(before)).toEqual(['PATCH /composite/sobjects', 'PATCH /composite/sobjects']);
  });

  test('whose blank fields are to be filled keeps what it has, and gets the rest by its id', async () => {
    const { vendor, session } = await given();
    const { Id } = vendor.org.add('Lead', { ...required, Email: 'kept@example.test', Phone: '+49 1', Title: '' });
    const values = { Phone: '+49 2', Title: 'Countess' };
    const record = leadOf('kept@example.test', values, { writeIfBlank: ['Phone', 'Title'] });
    await salesforce.push([record], session);
    await salesforce.push([{ ...record, remoteId: Id }], session);
    expect(vendor.leads()).toMatchObject([{ Id, Phone: '+49 1', Title: 'Countess' }]);
  });

  test('gets numbers and truths as such', async () => {
    const world = await given();
    const record = await withFields(
      world,
      leadOf('typed@example.test', { NumberOfEmployees: '42', DoNotCall: 'true' }),
    );
    await salesforce.push([record], world.session);
    expect(world.vendor.received('typed@example.test')).toMatchObject({ NumberOfEmployees: 42, DoNotCall: true });
  });
});

describe('a lead with a mapped external id', () => {
  test('is upserted by it: a lost answer makes no second one', async () => {
    const world = await given({ fields: [badge] });
    const { vendor, bench, session, paths } = world;
    const record = await withFields(world, leadOf('ext@example.test', { Badge__c: 'B-1' }));
    vendor.fault({ kind: 'hang', path: '/Lead/Badge__c', afterWrite: true });
    const pushing = salesforce.push([record], session);
    await vendor.untilHanging();
    bench.timeOut();
    expect(await pushing).toMatchObject({ kind: 'unavailable', whole: false });
    expect(paths()).toContain('PATCH /composite/sobjects/Lead/Badge__c');
    expect(kindsOf(await salesforce.push([record], session))).toEqual(['cleared']);
    expect(vendor.leads()).toHaveLength(1);
  });

  test('is found by it before its address, and by its address where nobody has it yet', async () => {
    const world = await given({ fields: [badge] });
    const { vendor, session } = world;
    const byBadge = vendor.org.add('Lead', { ...required, Email: 'other@example.test', Badge__c: 'B-1' });
    const byEmail = vendor.org.add('Lead', { ...required, Email: 'ext@example.test' });
    const first = await withFields(world, leadOf('ext@example.test', { Badge__c: 'b-1' }));
    const second = { ...first, values: { ...first.values, Badge__c: 'B-2' } };
    expect(idOf(await salesforce.push([first], session))).toBe(byBadge.Id);
    byBadge.Email = 'other@example.test';
    expect(idOf(await salesforce.push([second], session))).toBe(byEmail.Id);
    expect(vendor.leads()).toMatchObject([{ Badge__c: 'b-1' }, { Badge__c: 'B-2' }]);
  });

  test('twice in a batch goes in two calls, and is one lead', async () => {
    const world = await given({ fields: [badge] });
    const { vendor, session } = world;
    const first = await withFields(world, leadOf('one@example.test', { Badge__c: 'B-1' }));
    const second = await withFields(world, leadOf('two@example.test', { Badge__c: 'B-1' }));
    expect(kindsOf(await salesforce.push([first, second], session))).toEqual(['cleared', 'cleared']);
    expect(vendor.leads()).toMatchObject([{ Email: 'two@example.test', Badge__c: 'B-1' }]);
  });

  test('of numbers is compared as a number', async () => {
    const world = await given({ fields: [{ ...badge, type: 'double', length: 0 }] });
    const { vendor, session } = world;
    const { Id } = vendor.org.add('Lead', { ...required, Email: 'other@example.test', Badge__c: 42 });
    const record = await withFields(world, leadOf('ext@example.test', { Badge__c: '42.0' }));
    expect(idOf(await salesforce.push([record], session))).toBe(Id);
  });
});

describe('a duplicate rule', () => {
  test('that finds other people fails the lead, naming their ids and nothing else of them', async () => {
    const { vendor, session } = await given({ duplicateRule: 'ALERT' });
    const id = idOf(await salesforce.push([leadOf('first@example.test')], session));
    const answer = await salesforce.push([leadOf('second@example.test')], session);
    expect(answer).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'DUPLICATE', vendorCode: 'DUPLICATES_DETECTED' } }],
    });
    const { error } = answer.kind === 'answered' && answer.outcomes[0]?.kind === 'failed' ? answer.outcomes[0] : {};
    expect(error?.message).toContain(id);
    expect(JSON.stringify(answer)).not.toContain('first@example.test');
    expect(vendor.leads()).toHaveLength(1);
  });

  test('that finds the very person, made since the look-up, leads to an update', async () => {
    const world = await given({ duplicateRule: 'BLOCK' });
    const { vendor, bench, session } = world;
    let made = '';
    const http = {
      ...bench.http,
      async request(request: Parameters<typeof bench.http.request>[0]) {
        const answer = await bench.http.request(request);
        if (made === '' && request.url.includes('/query'))
          made = vendor.org.add('Lead', { ...required, Email: 'race@example.test', Phone: '1' }).Id;
        return answer;
      },
    };
    const racing = bench.session(session.credentials, { http });
    expect(idOf(await salesforce.push([leadOf('race@example.test')], racing))).toBe(made);
    expect(vendor.leads()).toMatchObject([{ Phone: '1', FirstName: 'race' }]);
  });
});

describe('a lead that was converted in Salesforce', () => {
  async function converted() {
    const world = await given();
    const remoteId = idOf(await salesforce.push([leadOf('client@example.test')], world.session));
    const contactId = world.vendor.org.convert(remoteId);
    const record = leadOf('client@example.test', { Title: 'Countess', Rating: 'Hot' }, { remoteId });
    return { ...world, remoteId, contactId, record };
  }

  test('is its contact from then on, which gets what contacts have of it', async () => {
    const { vendor, session, contactId, record } = await converted();
    expect(idOf(await salesforce.push([record], session))).toBe(contactId);
    expect(vendor.org.find('Contact', contactId)).toMatchObject({ Title: 'Countess' });
    expect(vendor.org.find('Contact', contactId)).not.toHaveProperty('Rating');
    expect(vendor.leads()).toMatchObject([{ IsConverted: true }]);
    const known = { ...record, remoteId: contactId, values: { ...record.values, Title: 'Dame' } };
    expect(idOf(await salesforce.push([known], session))).toBe(contactId);
    expect(vendor.org.find('Contact', contactId)).toMatchObject({ Title: 'Dame' });
  });

  test('is shown as that contact by a look-up, and keeps what the contact has', async () => {
    const { vendor, session, contactId, record } = await converted();
    Object.assign(vendor.org.find('Contact', contactId) ?? {}, { Phone: '+49 1' });
    const careful = { ...record, values: { ...record.values, Phone: '+49 2' }, writeIfBlank: ['Phone', 'Title'] };
    const looked = await salesforce.lookup?.([careful], ['Phone', 'Rating'], session);
    expect(looked).toMatchObject({ records: [{ remoteId: contactId, values: { Phone: '+49 1', Rating: null } }] });
    await salesforce.push([careful], session);
    expect(vendor.org.find('Contact', contactId)).toMatchObject({ Phone: '+49 1', Title: 'Countess' });
  });

  test('and whose contact nobody knows fails as gone, and no second lead is made', async () => {
    const { vendor, session, remoteId, contactId, record } = await converted();
    Object.assign(vendor.org.find('Lead', remoteId) ?? {}, { ConvertedContactId: null });
    vendor.org.remove('Contact', contactId);
    expect(await salesforce.push([record], session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'REMOTE_RECORD_GONE' } }],
    });
    // Two contacts of the address are nobody in particular.
    for (const _ of [1, 2]) vendor.org.add('Contact', { LastName: 'Lovelace', Email: 'client@example.test' });
    expect(kindsOf(await salesforce.push([record], session))).toEqual(['failed']);
    // One is it.
    const [one] = vendor.org.all('Contact');
    vendor.org.remove('Contact', one?.Id ?? '');
    expect(kindsOf(await salesforce.push([record], session))).toEqual(['cleared']);
    expect(vendor.leads()).toHaveLength(1);
  });

  test('is matched with a lead of the same person that is open', async () => {
    const { vendor, session, remoteId, contactId, record } = await converted();
    Object.assign(vendor.org.find('Lead', remoteId) ?? {}, { ConvertedContactId: null });
    vendor.org.remove('Contact', contactId);
    const open = vendor.org.add('Lead', { ...required, Email: 'client@example.test' });
    expect(idOf(await salesforce.push([record], session))).toBe(open.Id);
  });
});
