import { describe, expect, test } from 'vitest';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { connectorSuite } from './connector-suite.ts';
import { outcomesOf } from './stand.ts';
import { givenZoho as given, kindsOf, leadOf, standOf, upsertPath } from './zoho-stand.ts';

const writesOf = ({ vendor }: Awaited<ReturnType<typeof given>>) =>
  vendor
    .calls()
    .filter(({ method, path }) => path.endsWith(upsertPath) || (method === 'PUT' && path.endsWith('/Leads')));

connectorSuite({
  connector: zoho,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  fields: { email: 'Email', firstName: 'First_Name' },
  required: { Last_Name: 'Lovelace' },
  start: () => standOf(),
});

describe('leads in Zoho', () => {
  test('are upserted by their e-mail address, and workflows run', async () => {
    const zohoCrm = await given();
    await zohoCrm.push([leadOf('a@example.test')]);
    expect(writesOf(zohoCrm).map(({ body }) => body)).toEqual([
      {
        data: [{ Email: 'a@example.test', First_Name: 'a', Last_Name: 'Lovelace' }],
        duplicate_check_fields: ['Email'],
      },
    ]);
  });

  test('are written by the id that is known, also under another address', async () => {
    const { vendor, push, known } = await given();
    const { remoteId } = await known('old@example.test');
    expect(outcomesOf(await push([leadOf('new@example.test', { remoteId })]))).toEqual([{ kind: 'cleared', remoteId }]);
    expect(vendor.leads().map(({ values }) => values.Email)).toEqual(['new@example.test']);
  });

  test('are matched anew by address when their id is gone', async () => {
    const { vendor, push, known } = await given();
    const lead = await known('gone@example.test');
    vendor.deleteLead(String(lead.remoteId));
    expect(kindsOf(await push([lead, leadOf('other@example.test')]))).toEqual(['cleared', 'cleared']);
    expect(
      vendor
        .leads()
        .map(({ values }) => values.Email)
        .toSorted(),
    ).toEqual(['gone@example.test', 'other@example.test']);
  });

  test.for(['NOT_FOUND', 'CONVERTED_RECORD', 'ID_ALREADY_CONVERTED', 'NO_RECORDS_FOUND'])(
    'are matched anew when Zoho says %s of their id',
    async (code) => {
      const { vendor, push, known } = await given();
      const lead = await known('was@example.test');
      vendor.fault({ kind: 'record', code, email: 'was@example.test' });
      expect(kindsOf(await push([lead]))).toEqual(['cleared']);
    },
  );

  test.for([404, 405, 501])('are matched by address where Zoho knows no call by id (HTTP %i)', async (status) => {
    const { vendor, push, known } = await given();
    const lead = await known('known@example.test');
    vendor.fault({ kind: 'status', status, body: '', path: '/crm/v8/Leads' });
    expect(outcomesOf(await push([lead]))).toEqual([{ kind: 'cleared', remoteId: lead.remoteId }]);
  });

  test('with an id in one call and without in another, each in its place', async () => {
    const zohoCrm = await given();
    const { push, known } = zohoCrm;
    const lead = await known('known@example.test');
    const answer = await push([leadOf('a@example.test'), lead, leadOf('b@example.test')]);
    expect(kindsOf(answer)).toEqual(['cleared', 'cleared', 'cleared']);
    expect(outcomesOf(answer)[1]).toEqual({ kind: 'cleared', remoteId: lead.remoteId });
    expect(
      writesOf(zohoCrm)
        .slice(1)
        .map(({ method, emails }) => [method, ...emails]),
    ).toEqual([
      ['PUT', 'known@example.test'],
      ['POST', 'a@example.test', 'b@example.test'],
    ]);
  });

  test('are never twice in one call, by id nor by address', async () => {
    const zohoCrm = await given();
    const { push, known } = zohoCrm;
    const lead = await known('known@example.test');
    const twin = leadOf('known@example.test', { itemId: 'twin', remoteId: lead.remoteId });
    const [one, other] = ['one', 'other'].map((itemId) => leadOf('Same@example.test', { itemId }));
    if (!one || !other) throw new Error('no leads');
    expect(kindsOf(await push([lead, twin, one, other]))).toEqual(['cleared', 'cleared', 'cleared', 'cleared']);
    for (const { emails } of writesOf(zohoCrm)) expect(new Set(emails).size).toBe(emails.length);
    expect(zohoCrm.vendor.leads()).toHaveLength(2);
  });

  test('that another lead has the address of are written there', async () => {
    const { vendor, push, known } = await given();
    const holder = await known('holder@example.test');
    const { remoteId } = await known('other@example.test');
    const answer = await push([leadOf('holder@example.test', { remoteId })]);
    expect(outcomesOf(answer)).toEqual([{ kind: 'cleared', remoteId: holder.remoteId }]);
    expect(vendor.leads()).toHaveLength(2);
  });

  test('that share another value with somebody else fail as a duplicate, and nobody else is written', async () => {
    const { vendor, push, known } = await given();
    const stranger = await known('stranger@example.test');
    const details = { api_name: 'Phone', json_path: '$.data[0].Phone', id: stranger.remoteId };
    const body = JSON.stringify({
      data: [{ code: 'DUPLICATE_DATA', details, message: 'duplicate data', status: 'error' }],
    });
    vendor.fault({ kind: 'status', status: 400, body, path: upsertPath });
    expect(outcomesOf(await push([leadOf('me@example.test')]))).toMatchObject([{ error: { category: 'DUPLICATE' } }]);
    expect(vendor.leads().map(({ values }) => values.Email)).toEqual(['stranger@example.test']);
  });

  test('that a contact has the address of fail as a duplicate', async () => {
    const { vendor, push } = await given();
    const details = {
      api_name: 'Email',
      json_path: '$.data[0].Email',
      duplicate_record: { id: '7', module: { api_name: 'Contacts' } },
    };
    const body = JSON.stringify({
      data: [{ code: 'DUPLICATE_DATA', details, message: 'duplicate data', status: 'error' }],
    });
    vendor.fault({ kind: 'status', status: 400, body, path: upsertPath });
    expect(outcomesOf(await push([leadOf('me@example.test')]))).toMatchObject([
      { error: { category: 'DUPLICATE', remoteField: 'Email' } },
    ]);
  });

  test('of a lost answer to a write by id are written once', async () => {
    const { vendor, push, known, bench } = await given();
    const lead = await known('twice@example.test');
    vendor.fault({ kind: 'hang', path: '/crm/v8/Leads', afterWrite: true });
    const pushing = push([lead]);
    await vendor.untilHanging();
    bench.timeOut();
    expect(kindsOf(await pushing)).toBe('unavailable');
    expect(kindsOf(await push([lead]))).toEqual(['cleared']);
    expect(vendor.leads()).toHaveLength(1);
  });
});

describe('limits of Zoho', () => {
  test('are told once more than half of the credits are used: those of the edition, or what can be told from what is left', async () => {
    const { bench, push } = await given({ creditsMax: 4 }, { creditsMax: null });
    await push([leadOf('a@example.test')]);
    expect(bench.learnt).toEqual([]);
    await push([leadOf('b@example.test')]);
    expect(bench.learnt).toEqual([{ daily: { limit: 4, remaining: 2, resetsAt: null } }]);
    const other = await given({ creditsMax: 2 }, { creditsMax: 52_500 });
    await other.push([leadOf('a@example.test')]);
    expect(other.bench.learnt).toEqual([{ daily: { limit: 52_500, remaining: 1, resetsAt: null } }]);
  });

  test('a 429 is the quota where no credits are left for a call, and calls at once otherwise', async () => {
    const { push, bench } = await given({ creditsMax: 2 });
    await push([leadOf('a@example.test')]);
    await push([leadOf('b@example.test')]);
    const answer = await push([leadOf('c@example.test')]);
    expect(answer).toMatchObject({
      kind: 'quota',
      error: { category: 'QUOTA_EXCEEDED' },
      resetsAt: new Date(bench.now + 3_600_000),
    });
    const busy = await given({ concurrencyMax: 0, creditsMax: 100 });
    expect(await busy.push([leadOf('d@example.test')])).toMatchObject({ kind: 'throttled', retryAfterMs: 2_000 });
  });
});
