import { describe, expect, test } from 'vitest';
import type { PushRecord } from '../../src/sync/connectors/connector.ts';
import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { givenPardot as given, outcomeOf } from './pardot-stand.ts';
import { recordOf } from './records.ts';

const of = (email: string, values: Record<string, string> = {}, overrides: Partial<PushRecord> = {}) =>
  recordOf(email, { values: { email, ...values }, ...overrides });
type Vendor = Awaited<ReturnType<typeof given>>['vendor'];
const writes = (vendor: Vendor) =>
  vendor
    .calls()
    .filter(({ method, path }) => path.includes('/prospects') && method !== 'GET')
    .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
const idOf = (vendor: Vendor, email: string) =>
  String(vendor.prospects().find((prospect) => prospect.email === email)?.id);

describe('a prospect', () => {
  test('is upserted by e-mail address, with both headers, its usage and its id asked for', async () => {
    const { vendor, push } = await given();
    expect(outcomeOf(await push(of('ada@example.test', { firstName: 'Ada' })))).toEqual({
      kind: 'cleared',
      remoteId: idOf(vendor, 'ada@example.test'),
    });
    expect(vendor.calls().at(-1)?.body).toEqual({
      matchEmail: 'ada@example.test',
      prospect: { email: 'ada@example.test', firstName: 'Ada' },
      secondaryDeletedSearch: true,
      fields: ['id', 'email', 'updatedAt'],
    });
  });

  test('that is known is written by id, also under another address', async () => {
    const { vendor, push } = await given();
    await push(of('old@example.test'));
    const remoteId = idOf(vendor, 'old@example.test');
    expect(outcomeOf(await push(of('new@example.test', {}, { remoteId })))).toEqual({ kind: 'cleared', remoteId });
    expect(vendor.prospects().map(({ email }) => email)).toEqual(['new@example.test']);
    expect(writes(vendor)).toEqual(['POST upsertLatestByEmail', `PATCH ${remoteId}`]);
  });

  test.for(['3', '24', '77', '92', '109', '132', '192', '219', '242', null])(
    'whose id is gone (%s) is matched by e-mail address again, in the same push',
    async (code) => {
      const { vendor, push } = await given();
      await push(of('ada@example.test'));
      const remoteId = idOf(vendor, 'ada@example.test');
      const body = code === null ? '{}' : JSON.stringify({ code: Number(code), message: 'Gone.' });
      vendor.fault({ kind: 'status', status: code === null ? 404 : 400, body, path: `/prospects/${remoteId}` });
      expect(outcomeOf(await push(of('ada@example.test', {}, { remoteId })))).toEqual({ kind: 'cleared', remoteId });
      expect(writes(vendor).slice(1)).toEqual([`PATCH ${remoteId}`, 'POST upsertLatestByEmail']);
    },
  );

  test('in the recycle bin comes back by its e-mail address, and makes no second one', async () => {
    const { vendor, push } = await given({ severalPerEmail: true });
    await push(of('ada@example.test'));
    const remoteId = idOf(vendor, 'ada@example.test');
    vendor.deleteProspect(Number(remoteId));
    expect(outcomeOf(await push(of('ada@example.test', {}, { remoteId })))).toEqual({ kind: 'cleared', remoteId });
    expect(vendor.prospects()).toMatchObject([{ isDeleted: false }]);
  });

  test('that was purged is made anew under another id', async () => {
    const { vendor, push } = await given();
    await push(of('ada@example.test'));
    const remoteId = idOf(vendor, 'ada@example.test');
    vendor.forgetProspect(Number(remoteId));
    const outcome = outcomeOf(await push(of('ada@example.test', {}, { remoteId })));
    expect(outcome).toEqual({ kind: 'cleared', remoteId: idOf(vendor, 'ada@example.test') });
    expect(outcome).not.toMatchObject({ remoteId });
  });

  test.for([true, false])(
    'is made once although the first answer was lost, several of one address allowed: %s',
    async (several) => {
      const { bench, vendor, push } = await given({ severalPerEmail: several });
      vendor.fault({ kind: 'hang', path: '/prospects', afterWrite: true });
      const lost = push(of('ada@example.test'));
      await vendor.untilHanging();
      bench.timeOut();
      expect(await lost).toMatchObject({ kind: 'unavailable', whole: false });
      expect(outcomeOf(await push(of('ada@example.test')))).toMatchObject({ kind: 'cleared' });
      expect(vendor.prospects()).toHaveLength(1);
    },
  );

  test('that may not be read back is cleared without an id, and keeps the one it had', async () => {
    const { vendor, push } = await given({ forbidden: ['prospects:read'] });
    expect(outcomeOf(await push(of('ada@example.test')))).toEqual({ kind: 'cleared', remoteId: null });
    const remoteId = idOf(vendor, 'ada@example.test');
    expect(outcomeOf(await push(of('ada@example.test', {}, { remoteId })))).toEqual({ kind: 'cleared', remoteId });
  });

  test.for([
    [200, '{"id":7}', '7'],
    [201, '{"id":"8","email":"ada@example.test"}', '8'],
    [201, '{}', null],
    [200, '', null],
  ] as const)('is cleared by %i %s', async ([status, body, remoteId]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body, path: 'upsertLatestByEmail' });
    expect(outcomeOf(await push(of('ada@example.test')))).toEqual({ kind: 'cleared', remoteId });
  });

  test('has ids as numbers and flags as booleans; what is none of them is refused before the call', async () => {
    const { vendor, push } = await given({ campaigns: [{ id: 7, name: 'Expo' }] });
    const values = { campaignId: '7', isDoNotEmail: 'yes', isDoNotCall: 'false', zip: '01234' };
    expect(outcomeOf(await push(of('ada@example.test', values)))).toMatchObject({ kind: 'cleared' });
    expect(vendor.received('ada@example.test')).toEqual({
      email: 'ada@example.test',
      campaignId: 7,
      isDoNotEmail: true,
      isDoNotCall: false,
      zip: '01234',
    });
    expect(pardot.check(of('ada@example.test', values))).toBeNull();
    for (const [field, value] of [
      ['campaignId', 'Expo'],
      ['isDoNotEmail', 'perhaps'],
      ['email', 'ada'],
      ['email', `${'a'.repeat(250)}@example.test`],
    ] as const) {
      expect(pardot.check(of('ada@example.test', { [field]: value }))).toMatchObject({
        category: 'DATA_VALUE_VALIDATION',
        remoteField: field,
      });
    }
  });

  test('takes one record a push', async () => {
    const { session } = await given();
    await expect(pardot.push([of('a@example.test'), of('b@example.test')], session)).rejects.toThrow(RangeError);
  });
});

describe('WRITE_IF_BLANK', () => {
  const blank = (values: Record<string, string>, overrides: Partial<PushRecord> = {}) =>
    of('ada@example.test', values, { writeIfBlank: Object.keys(values), ...overrides });
  const valuesOf = (vendor: Vendor) => vendor.prospects()[0]?.values;

  test('keeps what is there, in one call; fills what is blank, in two', async () => {
    const { vendor, push } = await given();
    await push(of('ada@example.test', { company: 'Engines' }));
    expect(outcomeOf(await push(blank({ company: 'Other' })))).toMatchObject({ kind: 'cleared' });
    expect(writes(vendor)).toHaveLength(2);
    expect(outcomeOf(await push(blank({ company: 'Other', city: 'London' })))).toMatchObject({ kind: 'cleared' });
    expect(writes(vendor)).toHaveLength(4);
    expect(valuesOf(vendor)).toMatchObject({ company: 'Engines', city: 'London' });
  });

  test('knows what was written a moment ago, although reads are a minute behind', async () => {
    const { bench, vendor, push } = await given({ readLagMs: 60_000 });
    await push(of('ada@example.test'));
    bench.now += 120_000;
    await push(of('ada@example.test', { company: 'Engines' })); // what is read shows none yet
    expect(outcomeOf(await push(blank({ company: 'Other' })))).toMatchObject({ kind: 'cleared' });
    expect(valuesOf(vendor)).toMatchObject({ company: 'Engines' });
  });

  test('waits until a new prospect can be read where the answer to the write tells less than was asked', async () => {
    const { bench, vendor, push } = await given({ readLagMs: 60_000 });
    await push(of('ada@example.test'));
    const remoteId = idOf(vendor, 'ada@example.test');
    vendor.fault({ kind: 'status', status: 200, body: `{"id":${remoteId}}`, path: 'upsertLatestByEmail', times: 2 });
    const early = outcomeOf(await push(blank({ city: 'London' })));
    expect(early).toMatchObject({ kind: 'postponed', retryAfterMs: 60_000, written: { remoteId } });
    bench.now += 60_000;
    expect(outcomeOf(await push(blank({ city: 'London' })))).toMatchObject({ kind: 'cleared' });
    expect(valuesOf(vendor)).toMatchObject({ city: 'London' });
  });

  test('by id asks the same of the prospect', async () => {
    const { vendor, push } = await given();
    await push(of('ada@example.test', { company: 'Engines' }));
    const remoteId = idOf(vendor, 'ada@example.test');
    await push(blank({ company: 'Other', city: 'London' }, { remoteId }));
    expect(valuesOf(vendor)).toMatchObject({ company: 'Engines', city: 'London' });
  });

  test('asks the prospect where the answer to the write tells less than was asked', async () => {
    const { bench, vendor, push } = await given();
    await push(of('ada@example.test', { company: 'Engines' }));
    const remoteId = idOf(vendor, 'ada@example.test');
    vendor.fault({ kind: 'status', status: 200, body: `{"id":${remoteId}}`, path: 'upsertLatestByEmail' });
    await push(blank({ company: 'Other', city: 'London' }));
    expect(valuesOf(vendor)).toMatchObject({ company: 'Engines', city: 'London' });
    expect(bench.exchanges.map(({ request }) => request.split('/')[0])).toContain('GET ');
  });

  test('writes nothing blindly where prospects may not be read, and says what to do', async () => {
    const { vendor, push } = await given({ forbidden: ['prospects:read'] });
    await push(of('ada@example.test', { company: 'Engines' }));
    const error = { category: 'CONNECTION_PERMISSION', remoteField: 'company', message: /view prospects/ };
    expect(outcomeOf(await push(blank({ company: 'Other' })))).toMatchObject({
      kind: 'failed',
      error: { ...error, message: expect.stringMatching(error.message) },
    });
    expect(valuesOf(vendor)).toMatchObject({ company: 'Engines' });
  });

  test('never counts the e-mail address: whoever is found by it has it', async () => {
    const { vendor, push } = await given();
    expect(outcomeOf(await push(of('ada@example.test', {}, { writeIfBlank: ['email'] })))).toMatchObject({
      kind: 'cleared',
    });
    expect(vendor.received('ada@example.test')).toEqual({ email: 'ada@example.test' });
  });

  test('whose second write is refused fails with its words and keeps the id', async () => {
    const { vendor, push } = await given();
    const body = '{"code":56,"message":"Invalid number"}';
    vendor.fault({ kind: 'status', status: 400, body, path: '/objects/prospects/5' });
    expect(outcomeOf(await push(blank({ employees: 'many' })))).toMatchObject({
      kind: 'failed',
      error: { vendorCode: '56' },
      written: { remoteId: idOf(vendor, 'ada@example.test') },
    });
  });
});

describe('a look-up', () => {
  test('finds the prospect that was written last where several have one address, and none in the recycle bin', async () => {
    const { bench, vendor, session, push } = await given({ severalPerEmail: true });
    await push(of('ada@example.test', { firstName: 'First' }));
    vendor.deleteProspect(Number(idOf(vendor, 'ada@example.test')));
    const asked = [of('ADA@example.test')];
    expect(await pardot.lookup?.(asked, ['firstName'], session)).toEqual({ kind: 'found', records: [null] });
    bench.now += 1_000;
    await push(of('ada@example.test', { firstName: 'Second' }));
    expect(await pardot.lookup?.(asked, ['firstName'], session)).toMatchObject({
      records: [{ values: { firstName: 'Second' } }],
    });
  });

  test('reads fields of several values, which a query leaves out', async () => {
    const customFields = [{ id: 1, name: 'Interests', fieldId: 'interests', type: 'multi-select', isRequired: false }];
    const { session, push } = await given({ customFields });
    await push(of('ada@example.test', { interests__c: 'Pumps;Valves' }));
    expect(await pardot.lookup?.([of('ada@example.test')], ['interests__c'], session)).toMatchObject({
      records: [{ values: { interests__c: 'Pumps;Valves' } }],
    });
  });

  test('is behind by what readLagMs says', async () => {
    const { bench, session, push } = await given({ readLagMs: 60_000 });
    await push(of('ada@example.test'));
    const look = () => pardot.lookup?.([of('ada@example.test')], [], session);
    expect(await look()).toEqual({ kind: 'found', records: [null] });
    bench.now += pardot.readLagMs ?? 0;
    expect(await look()).toMatchObject({ records: [{ remoteId: expect.any(String) }] });
  });
});
