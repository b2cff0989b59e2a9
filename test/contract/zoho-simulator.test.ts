import { describe, expect, onTestFinished, test } from 'vitest';
import { startZoho, type ZohoOptions } from '../../simulators/zoho/start-zoho.ts';

/** An organization, and calls to it with a token that is good. */
async function given(options: ZohoOptions = {}) {
  const zoho = await startZoho(options);
  onTestFinished(() => zoho.close());
  const { accessToken } = zoho.signIn.issue(Date.now());
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${zoho.url}/crm/v8${path}`, {
      method,
      headers: { authorization: `Zoho-oauthtoken ${accessToken}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  };
  const upsert = (...data: object[]) => call('POST', '/Leads/upsert', { data, duplicate_check_fields: ['Email'] });
  const control = (method: string, path: string, body?: unknown) =>
    fetch(zoho.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return { zoho, call, upsert, control };
}

const good = { Email: 'a@example.test', Last_Name: 'A' };
const bad = { Email: 'b@example.test' };

describe("Zoho's simulator", () => {
  test('mixes good and bad rows in one answer, in the order of the input', async () => {
    const { upsert } = await given();
    expect(await upsert(good)).toMatchObject({ status: 201, body: { data: [{ code: 'SUCCESS', action: 'insert' }] } });
    expect(await upsert(good)).toMatchObject({
      status: 200,
      body: { data: [{ action: 'update', duplicate_field: 'Email' }] },
    });
    const { status, body } = await upsert(bad, good);
    expect(status).toBe(207);
    expect(body.data).toMatchObject([
      {
        code: 'MANDATORY_NOT_FOUND',
        status: 'error',
        details: { api_name: 'Last_Name', json_path: '$.data[0].Last_Name' },
      },
      { code: 'SUCCESS', details: { id: expect.any(String), Modified_Time: expect.stringMatching(/\+00:00$/) } },
    ]);
    expect(await upsert(bad)).toMatchObject({ status: 400, body: { data: [{ status: 'error' }] } });
  });

  test('takes a hundred records a call, and ignores fields that it does not know', async () => {
    const { upsert, zoho } = await given();
    const many = Array.from({ length: 101 }, (_, k) => ({ Email: `l${k}@example.test`, Last_Name: 'L' }));
    expect(await upsert(...many)).toMatchObject({ status: 400, body: { data: [{ code: 'LIMIT_EXCEEDED' }] } });
    expect(await upsert({ ...good, Nowhere: 'x' })).toMatchObject({ status: 201 });
    expect(zoho.leads().map(({ values }) => values)).toEqual([good]);
  });

  test('writes nothing that was changed since', async () => {
    const { upsert, call, zoho } = await given();
    await upsert(good);
    const [lead] = zoho.leads();
    const data = [{ id: lead?.id, Last_Name: 'B' }];
    const since = (ms: number) => ({ 'if-unmodified-since': new Date((lead?.modifiedAtMs ?? 0) + ms).toISOString() });
    expect(await call('PUT', '/Leads', { data }, since(-2_000))).toMatchObject({
      status: 412,
      body: { data: [{ code: 'ALREADY_MODIFIED' }] },
    });
    expect(await call('PUT', '/Leads', { data }, since(2_000))).toMatchObject({ status: 200 });
  });

  test('tells what is left of the credits once half are used, and refuses beyond them', async () => {
    const { call } = await given({ creditsMax: 4 });
    const remaining = async () => {
      const { status, headers } = await call('GET', '/org');
      return [status, headers.get('x-api-credits-remaining')];
    };
    const told = [];
    for (let n = 0; n < 5; n++) told.push(await remaining());
    expect(told).toEqual([
      [200, null],
      [200, '2'],
      [200, '1'],
      [200, '0'],
      [429, '0'],
    ]);
  });

  test('takes five calls at once', async () => {
    const { call, zoho } = await given();
    const goOn = zoho.pause();
    const calls = Array.from({ length: 6 }, () => call('GET', '/org'));
    await expect.poll(() => zoho.calls().length).toBe(6);
    goOn();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test('takes no token of another data centre', async () => {
    const here = await given();
    const { accessToken } = (await given()).zoho.signIn.issue(Date.now());
    const elsewhere = { authorization: `Zoho-oauthtoken ${accessToken}` };
    expect(await here.call('GET', '/org', undefined, elsewhere)).toMatchObject({
      status: 401,
      body: { code: 'INVALID_TOKEN', message: 'invalid oauth token', status: 'error', details: {} },
    });
  });

  test('finds nobody for a while by search, and those that it has by query', async () => {
    const { upsert, call } = await given({ searchLagMs: 60_000 });
    await upsert(good);
    expect(await call('GET', '/Leads/search?email=a@example.test&fields=Email')).toMatchObject({
      status: 204,
      body: null,
    });
    const select_query = "select id, Email from Leads where Email in ('A@example.test', 'x@example.test') limit 10";
    expect((await call('POST', '/coql', { select_query })).body.data).toMatchObject([{ Email: 'a@example.test' }]);
  });

  test('misbehaves on demand over HTTP', async () => {
    const { upsert, control } = await given();
    await control('POST', '/__faults', { kind: 'record', code: 'RECORD_LOCKED', email: 'A@example.test' });
    expect((await upsert(good)).body.data).toMatchObject([{ code: 'RECORD_LOCKED' }]);
    await control('POST', '/__change', { kind: 'expire' });
    expect(await upsert(good)).toMatchObject({ status: 401 });
    expect((await control('POST', '/__change', { kind: 'nonsense' })).status).toBe(400);
    expect(await (await control('GET', '/__records')).json()).toEqual([]);
  });
});
