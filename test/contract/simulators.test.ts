import { describe, expect, onTestFinished, test } from 'vitest';
import { type MarketoOptions, startMarketo } from '../../simulators/marketo/start-marketo.ts';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';

/** A client of its own, so that the simulators are held against the vendors' documentation and not against our connectors. */
async function givenMarketo(options: MarketoOptions = {}) {
  const vendor = await startMarketo(options);
  onTestFinished(() => vendor.close());
  const { url, clientId, clientSecret } = vendor;
  const sign = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const signIn = async () => {
    const response = await fetch(`${url}/identity/oauth/token?${new URLSearchParams(sign)}`);
    return (await response.json()) as { access_token: string; expires_in: number };
  };
  const { access_token: token } = await signIn();
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const control = (method: string, path: string, body?: unknown) => call(method, path, body);
  return { vendor, sign, signIn, call, control };
}

describe('Marketo', () => {
  test('answers the same token until it expires, with the seconds that remain', async () => {
    let now = Date.parse('2026-11-23T12:00:00Z');
    const { signIn } = await givenMarketo({ clock: () => now });
    const first = await signIn();
    now += 600_000;
    const second = await signIn();
    expect(second).toMatchObject({ access_token: first.access_token, expires_in: first.expires_in - 600 });
    now += 3_000_000;
    expect(await signIn()).toMatchObject({
      access_token: expect.not.stringContaining(first.access_token),
      expires_in: 3_600,
    });
  });

  test('takes the credentials as a form, too, and refuses wrong ones with 401', async () => {
    const { vendor, sign } = await givenMarketo();
    const post = (form: Record<string, string>) =>
      fetch(`${vendor.url}/identity/oauth/token`, { method: 'POST', body: new URLSearchParams(form) });
    expect((await post(sign)).status).toBe(200);
    expect((await post({ ...sign, client_secret: 'wrong' })).status).toBe(401);
  });

  test.for([
    ['600', '/rest/v1/leads/describe2.json', { authorization: '' }],
    ['601', '/rest/v1/leads/describe2.json', { authorization: 'Bearer made-up' }],
    ['605', '/rest/v1/leads/describe2.json', {}],
    ['609', '/rest/v1/leads.json', {}],
    ['610', '/rest/v1/nothing.json', {}],
    ['612', '/rest/v1/leads.json', { 'content-type': 'text/plain' }],
  ] as const)('answers %s with HTTP 200', async ([code, path, headers]) => {
    const { call } = await givenMarketo();
    expect(await call('POST', path, '{"half', headers)).toMatchObject({
      status: 200,
      body: { success: false, errors: [{ code }] },
    });
  });

  test('over 1 MB is HTTP 413, over 8 KB of address HTTP 414', async () => {
    const { call } = await givenMarketo();
    expect(await call('POST', '/rest/v1/leads.json', 'x'.repeat(1_048_577))).toMatchObject({ status: 413 });
    expect(await call('GET', `/rest/v1/leads.json?filterType=email&filterValues=${'x'.repeat(8_200)}`)).toMatchObject({
      status: 414,
    });
  });

  test('searches by GET, and by POST where the address would be too long', async () => {
    const { call } = await givenMarketo();
    await call('POST', '/rest/v1/leads.json', { input: [{ email: 'ada@example.test', firstName: 'Ada' }] });
    const query = 'filterType=email&filterValues=ada%40example.test,nobody%40example.test&fields=email,firstName';
    const found = { success: true, result: [{ id: 1_001, email: 'ada@example.test', firstName: 'Ada' }] };
    expect((await call('GET', `/rest/v1/leads.json?${query}`)).body).toMatchObject(found);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call('POST', '/rest/v1/leads.json?_method=GET', query, form)).body).toMatchObject(found);
  });

  test('values are refused by type, length and the options that are set', async () => {
    const fields = [
      {
        name: 'size',
        displayName: 'Size',
        dataType: 'string',
        length: 10,
        updateable: true,
        allowedValues: ['S', 'L'],
      },
    ];
    const { call } = await givenMarketo({ fields });
    const email = (name: string) => `${name}@example.test`;
    const { body } = await call('POST', '/rest/v1/leads.json', {
      input: [
        { email: email('a'), size: 'S' },
        { email: email('b'), size: 'M' },
        { email: email('c'), size: 'x'.repeat(11) },
        { email: email('d'), leadScore: 'many' },
        { email: email('e'), id: 7 },
        { email: 'größe@example.test' },
        { firstName: 'nobody' },
        { email: email('A') },
      ],
    });
    const codes = (body as { result: { status: string; reasons?: { code: string }[] }[] }).result.map(
      ({ status, reasons }) => reasons?.[0]?.code ?? status,
    );
    expect(codes).toEqual(['created', '1003', '1077', '1001', '1003', '1003', '1002', '1036']);
  });

  test('the status of a member goes forward only', async () => {
    const { call, vendor } = await givenMarketo({ programs: [{ id: 7, name: 'Fair', channel: 'Tradeshow' }] });
    await call('POST', '/rest/v1/leads.json', { input: [{ email: 'ada@example.test' }] });
    const setStatus = async (statusName: string, leadId = 1_001, program = 7) =>
      (await call('POST', `/rest/v1/programs/${program}/members/status.json`, { statusName, input: [{ leadId }] }))
        .body;
    expect(await setStatus('Visited Booth')).toMatchObject({ result: [{ seq: 0, status: 'created', leadId: 1_001 }] });
    expect(await setStatus('Influenced')).toMatchObject({ result: [{ status: 'updated' }] });
    expect(await setStatus('Invited')).toMatchObject({ result: [{ status: 'skipped', reasons: [{ code: '1037' }] }] });
    expect(await setStatus('Invited', 5)).toMatchObject({
      result: [{ status: 'skipped', reasons: [{ code: '1004' }] }],
    });
    expect(await setStatus('Unheard of')).toMatchObject({ success: false, errors: [{ code: '1025' }] });
    expect(await setStatus('Invited', 1_001, 8)).toMatchObject({ success: false, errors: [{ code: '1013' }] });
    expect([...vendor.members(7)]).toEqual([[1_001, 'Influenced']]);
  });

  test('assets that are not there have no result', async () => {
    const { call } = await givenMarketo({ programs: [{ id: 7, name: 'Fair', channel: 'Tradeshow' }] });
    const byName = async (name: string) => (await call('GET', `/rest/asset/v1/program/byName.json?name=${name}`)).body;
    expect(await byName('Fair')).toMatchObject({ result: [{ id: 7, channel: 'Tradeshow' }] });
    expect(await byName('Other')).toEqual({
      requestId: expect.any(String),
      success: true,
      warnings: ['No assets found for the given search criteria.'],
    });
  });

  test('tells its usage of the day in US Central time', async () => {
    const { call } = await givenMarketo({ clock: () => Date.parse('2026-11-24T03:00:00Z') });
    await call('GET', '/rest/v1/leads/partitions.json');
    expect((await call('GET', '/rest/v1/stats/usage.json')).body).toMatchObject({
      result: [{ date: '2026-11-23', total: 2 }],
    });
  });

  test('misbehaves on demand over HTTP', async () => {
    const { call, control } = await givenMarketo();
    const upsert = () =>
      call('POST', '/rest/v1/leads.json', { input: [{ email: 'ada@example.test' }, { email: 'bob@example.test' }] });
    expect(await control('POST', '/__faults', { kind: 'nonsense' })).toMatchObject({ status: 400 });

    await control('POST', '/__faults', { kind: 'response', code: '608', times: 2 });
    for (let n = 0; n < 2; n++)
      expect((await upsert()).body).toMatchObject({ success: false, errors: [{ code: '608' }] });
    await control('POST', '/__faults', { kind: 'record', code: '1003', email: 'BOB@example.test', times: null });
    expect((await upsert()).body).toMatchObject({ result: [{ status: 'created' }, { status: 'skipped' }] });
    await control('DELETE', '/__faults');
    expect((await upsert()).body).toMatchObject({ result: [{ status: 'updated' }, { status: 'created' }] });

    await control('POST', '/__faults', { kind: 'token', state: 'expired' });
    expect((await upsert()).body).toMatchObject({ errors: [{ code: '602' }] });
    expect((await control('GET', '/__leads')).body).toHaveLength(2);
    expect((await control('GET', '/__calls')).body).toMatchObject({ inFlightMax: 1, calls: expect.any(Array) });
  });
});

describe('the webhook receiver', () => {
  const post = (url: string, body: unknown) =>
    fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' },
    });

  test('refuses what does not verify, and misbehaves on demand over HTTP', async () => {
    const receiver = await startWebhookReceiver();
    onTestFinished(() => receiver.close());
    const base = receiver.url.replace('/hook', '');
    expect((await post(receiver.url, {})).status).toBe(200);
    expect((await post(`${base}/__secret`, { secret: `whsec_${Buffer.alloc(32).toString('base64')}` })).status).toBe(
      200,
    );
    expect((await post(receiver.url, {})).status).toBe(401);
    await post(`${base}/__faults`, { kind: 'status', status: 503, headers: { 'retry-after': '9' } });
    const faulty = await post(receiver.url, {});
    expect([faulty.status, faulty.headers.get('retry-after')]).toEqual([503, '9']);
    expect(await (await fetch(`${base}/__deliveries`)).json()).toHaveLength(3);
    expect(receiver.accepted().size).toBe(1);
  });
});
