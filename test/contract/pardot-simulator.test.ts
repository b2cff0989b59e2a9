import { describe, expect, onTestFinished, test } from 'vitest';
import { type PardotOptions, startPardot } from '../../simulators/pardot/start-pardot.ts';

const objects = '/api/v5/objects';
const upsertPath = `${objects}/prospects/do/upsertLatestByEmail`;

/** Plain HTTP with the headers of somebody who signed in. */
async function given(options: PardotOptions = {}) {
  let now = Date.parse('2026-11-23T12:00:00Z');
  const pardot = await startPardot({ clock: () => now, sessionSeconds: 86_400, ...options });
  onTestFinished(() => pardot.close());
  const headers: Record<string, string> = {
    authorization: `Bearer ${pardot.login.issue(now).accessToken}`,
    'pardot-business-unit-id': pardot.businessUnitId,
    'content-type': 'application/json',
  };
  const ask = async (method: string, path: string, body?: unknown, own = headers) => {
    const answer = await fetch(pardot.url + path, {
      method,
      headers: own,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers };
  };
  const upsert = (email: string, more: object = {}) =>
    ask('POST', upsertPath, { matchEmail: email, prospect: { email }, fields: ['id', 'email', 'updatedAt'], ...more });
  return { pardot, headers, ask, upsert, later: (ms: number) => (now += ms) };
}

const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

describe('the simulator of Account Engagement', () => {
  test('requires both headers, and knows one business unit', async () => {
    const { ask, headers } = await given();
    const path = `${objects}/campaigns?fields=id,name`;
    expect(await ask('GET', path)).toMatchObject({ status: 200, body: { values: [] } });
    expect(await ask('GET', path, undefined, without(headers, 'authorization'))).toMatchObject({
      status: 401,
      body: { code: 49 },
    });
    expect(await ask('GET', path, undefined, without(headers, 'pardot-business-unit-id'))).toMatchObject({
      status: 400,
      body: {
        code: 181,
        message: 'A required header is missing: Pardot-Business-Unit-Id header not found on request.',
      },
    });
    const other = { ...headers, 'pardot-business-unit-id': '0UvOther0000001AAA' };
    expect(await ask('GET', path, undefined, other)).toMatchObject({ body: { code: 201 } });
    const expired = { ...headers, authorization: 'Bearer nothing' };
    expect(await ask('GET', path, undefined, expired)).toMatchObject({
      body: { code: 184, message: 'access_token is invalid, unknown, or malformed' },
    });
  });

  test('tells refused tokens as XML where it is asked to', async () => {
    const { ask, headers } = await given({ xmlStatus: 403 });
    const answer = await ask('GET', `${objects}/lists?fields=id`, undefined, { ...headers, authorization: 'Bearer x' });
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('<err code="184">') });
    expect(answer.headers.get('content-type')).toContain('text/xml');
  });

  test('keeps prospects: a second upsert updates, what is left out stays, and without fields there is no body', async () => {
    const { ask, upsert, pardot } = await given();
    const first = await upsert('ada@example.test', { prospect: { email: 'ada@example.test', company: 'Engines' } });
    expect(first).toMatchObject({
      status: 201,
      body: { email: 'ada@example.test', updatedAt: '2026-11-23T07:00:00-05:00' },
    });
    expect(await upsert('ADA@example.test')).toMatchObject({ status: 200, body: { id: first.body.id } });
    const silent = await ask('POST', upsertPath, { prospect: { email: 'ada@example.test', city: 'London' } });
    expect(silent).toMatchObject({ status: 204, body: '' });
    expect(pardot.prospects()).toMatchObject([{ values: { company: 'Engines', city: 'London' } }]);
  });

  test('makes a second one of an address by a plain POST only where several are allowed', async () => {
    for (const severalPerEmail of [true, false]) {
      const { ask, pardot } = await given({ severalPerEmail });
      const create = () => ask('POST', `${objects}/prospects?fields=id`, { email: 'ada@example.test' });
      expect((await create()).status).toBe(201);
      expect(await create()).toMatchObject(severalPerEmail ? { status: 201 } : { status: 400, body: { code: 9 } });
      expect(pardot.prospects()).toHaveLength(severalPerEmail ? 2 : 1);
    }
  });

  test('has a recycle bin: no update, no read, and back by an upsert that searches there', async () => {
    const { ask, upsert, pardot } = await given({ severalPerEmail: true });
    const { id } = (await upsert('ada@example.test')).body;
    pardot.deleteProspect(id);
    expect(await ask('PATCH', `${objects}/prospects/${id}`, { city: 'London' })).toMatchObject({ body: { code: 219 } });
    const read = await ask('GET', `${objects}/prospects/${id}?fields=id`);
    expect(read).toMatchObject({ status: 404, body: { code: 132 } });
    expect(read.headers.get('pardot-warning')).toBe('201;Record In Recycle Bin');
    expect((await upsert('ada@example.test')).body.id).not.toBe(id);
    pardot.forgetProspect(pardot.prospects().at(-1)?.id ?? 0);
    expect((await upsert('ada@example.test', { secondaryDeletedSearch: true })).body.id).toBe(id);
  });

  test("counts the calls of the account's day and tells them when asked", async () => {
    const { ask, headers, later } = await given({ timeZone: 'Asia/Tokyo', dailyMax: 2 });
    const path = `${objects}/lists?fields=id`;
    expect((await ask('GET', path)).headers.has('x-api-usage')).toBe(false);
    const asked = await ask('GET', path, undefined, { ...headers, 'x-return-api-usage': '1' });
    expect(asked.headers.get('x-api-usage')).toBe('2/2');
    expect(await ask('GET', path)).toMatchObject({ body: { code: 122 } });
    later(3 * 60 * 60_000 - 1_000); // 23:59:59 there
    expect(await ask('GET', path)).toMatchObject({ body: { code: 122 } });
    later(1_000);
    expect(await ask('GET', path)).toMatchObject({ status: 200 });
  });

  test('executes five calls at once, and no more', async () => {
    const { ask, pardot } = await given();
    const go = pardot.pause();
    const asked = Array.from({ length: 7 }, () => ask('GET', `${objects}/lists?fields=id`));
    await expect.poll(() => pardot.calls().length).toBe(7);
    go();
    const codes = (await Promise.all(asked)).map(({ body }) => body.code);
    expect(codes.filter((code) => code === 66)).toHaveLength(2);
  });

  test('reads what was there a while ago, and writes at once', async () => {
    const { ask, upsert, later } = await given({ readLagMs: 60_000 });
    const { id } = (await upsert('ada@example.test')).body;
    const read = () => ask('GET', `${objects}/prospects/${id}?fields=id,city`);
    expect(await read()).toMatchObject({ status: 404, body: { code: 109 } });
    later(60_000);
    expect(await ask('PATCH', `${objects}/prospects/${id}?fields=city`, { city: 'London' })).toMatchObject({
      body: { city: 'London' },
    });
    expect((await read()).body.city).toBeNull();
    later(60_000);
    expect((await read()).body.city).toBe('London');
  });

  test('takes members into static lists, once', async () => {
    const lists = [
      { id: 1, name: 'Expo', isDynamic: false },
      { id: 2, name: 'All', isDynamic: true },
    ];
    const { ask, upsert } = await given({ lists });
    const prospectId = (await upsert('ada@example.test')).body.id;
    const join = (listId: number) =>
      ask('POST', `${objects}/list-memberships?fields=id`, { listId, prospectId, optedOut: false });
    expect(await join(1)).toMatchObject({ status: 201, body: { id: 1 } });
    expect(await join(1)).toMatchObject({ body: { code: 58 } });
    expect(await join(2)).toMatchObject({ body: { code: 55 } });
    expect(await ask('GET', `${objects}/lists?fields=id,name,isDynamic`)).toMatchObject({ body: { values: lists } });
  });

  test.for([
    [{ email: 'ada' }, 4],
    [{ email: `${'a'.repeat(250)}@example.test` }, 4],
    [{ nowhere: 'x' }, 180],
    [{ campaignId: 8 }, 38],
    [{ isDoNotEmail: 'true' }, 50],
    [{ size__c: 'many' }, 56],
    [{ since__c: 'once' }, 57],
    [{ campaignId: 7, isDoNotEmail: true, size__c: 3, since__c: '2026-01-31' }, undefined],
  ] as const)('judges %o', async ([values, code]) => {
    const custom = (id: number, fieldId: string, type: string) => ({
      id,
      fieldId,
      name: fieldId,
      type,
      isRequired: false,
    });
    const { upsert } = await given({
      campaigns: [{ id: 7, name: 'Expo' }],
      customFields: [custom(1, 'size', 'number'), custom(2, 'since', 'date')],
    });
    const prospect = { email: 'ada@example.test', ...values };
    expect((await upsert(prospect.email, { prospect })).body.code).toBe(code);
  });
});
