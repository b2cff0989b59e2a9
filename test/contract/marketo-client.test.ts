import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Marketo from 'node-marketo-rest';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type MarketoOptions, startMarketo } from '../../simulators/marketo/start-marketo.ts';

const leadsPath = '/rest/v1/leads.json';

/** A client of others for Marketo, which read its API on their own, on the simulator. */
async function given(options: MarketoOptions = {}) {
  const vendor = await startMarketo(options);
  onTestFinished(() => vendor.close());
  const { url, clientId, clientSecret } = vendor;
  const clientOf = (secret: string) =>
    new Marketo({
      ...{ endpoint: `${url}/rest`, identity: `${url}/identity`, clientId, clientSecret: secret },
      retry: { maxRetries: 1, initialDelay: 1, maxDelay: 2 },
    });
  return { vendor, client: clientOf(clientSecret), clientOf };
}

const inputOf = (...names: string[]) => names.map((name) => ({ email: `${name}@example.test`, firstName: name }));
const refusalOf = (asking: Promise<unknown>) =>
  asking.then(
    () => 'done',
    (error: unknown) => error,
  );

describe('a client of others for Marketo sees', () => {
  test('leads that are made, updated and found', async () => {
    const { client, vendor } = await given();
    const made = await client.lead.createOrUpdate(inputOf('a', 'b'), { lookupField: 'email' });
    expect(made).toMatchObject({ success: true, result: [{ status: 'created' }, { status: 'created' }] });
    const [first, second] = vendor.leads().map(({ id }) => id);
    expect(made.result.map(({ id }) => id)).toEqual([first, second]);
    const again = await client.lead.createOrUpdate([{ email: 'A@example.test', lastName: 'Lovelace' }]);
    expect(again.result).toEqual([{ id: first, status: 'updated' }]);
    const byId = await client.lead.createOrUpdate([{ id: first, email: 'c@example.test' }], {
      action: 'updateOnly',
      lookupField: 'id',
    });
    expect(byId.result).toEqual([{ id: first, status: 'updated' }]);
    const found = await client.lead.find('email', ['c@example.test', 'nobody@example.test'], {
      fields: ['email', 'lastName'],
    });
    expect(found.result).toEqual([{ id: first, email: 'c@example.test', lastName: 'Lovelace' }]);
    expect((await client.lead.byId(second ?? 0)).result).toMatchObject([{ id: second, firstName: 'b' }]);
  });

  test('the fields, partitions and counts of the account', async () => {
    const { client } = await given({ partitions: ['Default', 'EMEA'] });
    const { result } = await client.lead.describe();
    expect(result.find(({ rest }) => rest?.name === 'email')).toMatchObject({
      dataType: 'email',
      rest: { readOnly: false },
    });
    expect((await client.lead.partitions()).result).toMatchObject([{ name: 'Default' }, { name: 'EMEA' }]);
    expect((await client.stats.usage()).result).toMatchObject([{ total: expect.any(Number) }]);
  });

  test('static lists and who is in them', async () => {
    const { client, vendor } = await given({
      lists: [
        { id: 1001, name: 'Lions' },
        { id: 1002, name: 'Bears' },
      ],
    });
    expect((await client.list.find({ id: [1001] })).result).toMatchObject([{ id: 1001, name: 'Lions' }]);
    await client.lead.createOrUpdate(inputOf('a'));
    const id = vendor.leads()[0]?.id ?? 0;
    const statusOf = async () => (await client.list.isMember(1001, [id])).result;
    expect(await statusOf()).toEqual([{ id, status: 'notmemberof' }]);
    const added = await client.list.addLeadsToList(1001, [id, 999]);
    expect(added.result).toMatchObject([
      { id, status: 'added' },
      { id: 999, status: 'skipped', reasons: [{ code: '1004' }] },
    ]);
    expect((await client.list.addLeadsToList(1001, [id])).result).toEqual([{ id, status: 'added' }]);
    expect(await statusOf()).toEqual([{ id, status: 'memberof' }]);
    expect((await client.list.removeLeadsFromList(1001, [id])).result).toEqual([{ id, status: 'removed' }]);
    expect(await refusalOf(client.list.addLeadsToList(1003, [id]))).toMatchObject({ errors: [{ code: '1013' }] });
  });

  test('one record that is skipped, with its reason', async () => {
    const { client } = await given();
    const answer = await client.lead.createOrUpdate([...inputOf('a'), { email: 'b@example.test', nowhere: 'x' }]);
    expect(answer.result).toMatchObject([{ status: 'created' }, { status: 'skipped', reasons: [{ code: '1006' }] }]);
  });

  test.for([
    ['603', 200],
    ['607', 200],
    ['1003', 200],
  ] as const)('a refusal by %s, which comes as HTTP %i', async ([code, status]) => {
    const { client, vendor } = await given();
    vendor.fault({ kind: 'response', code, path: leadsPath });
    expect(await refusalOf(client.lead.find('email', ['a@example.test']))).toMatchObject({
      ...{ name: 'HttpError', code: status },
      errors: [{ code, message: expect.any(String) }],
    });
  });

  test('a token that expired: it fetches another, and its call goes through', async () => {
    const { client, vendor } = await given();
    await client.lead.describe();
    vendor.change({ kind: 'token', state: 'expired' });
    expect((await client.lead.createOrUpdate(inputOf('a'))).result).toMatchObject([{ status: 'created' }]);
    expect(vendor.calls().filter(({ path }) => path.startsWith('/identity/'))).toHaveLength(2);
  });

  test('606, which it waits out and repeats', async () => {
    const { client, vendor } = await given();
    vendor.fault({ kind: 'response', code: '606', path: leadsPath });
    expect((await client.lead.createOrUpdate(inputOf('a'))).result).toMatchObject([{ status: 'created' }]);
  });

  test('a wrong secret, refused by the sign-in', async () => {
    const { clientOf } = await given();
    expect(String(await refusalOf(clientOf('wrong').lead.describe()))).toMatch(/Authentication \(/);
  });
});

/** Exchanges with the real Marketo, as the client's makers recorded them. */
const recordings = join(
  dirname(createRequire(import.meta.url).resolve('node-marketo-rest/package.json')),
  'fixtures/123-abc-456.mktorest.com-443',
);

function recorded(name: string) {
  const text = readFileSync(join(recordings, name), 'utf8');
  const [, method = '', path = ''] = /^(\w+) (\S+)/.exec(text) ?? [];
  const body = /^body: (.+)$/m.exec(text)?.[1]?.replaceAll('\\"', '"');
  return { method, path, body, answer: JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as unknown };
}

/** Every value replaced by its type. A lead's blank fields and filled ones are alike: the field may be either. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part)]));
  }
  return value === null ? 'string' : typeof value;
}

describe('answers have the shape of recorded ones', () => {
  test.for([
    'updates-existing-record-by-email',
    'find-by-single-id',
    'find-by-multiple-ids',
    'find-by-multiple-ids-and-retrieve-a-subset-of-fields',
    'lead-by-id-1',
    'lead-by-id-with-email-filter',
    'lead-by-id-with-multiple-filters',
    'list-by-id-1',
    'list-member-of-found',
    'list-remove-leads',
  ])('%s', async (name) => {
    const { client, vendor } = await given({ lists: [{ id: 1001, name: 'Lions' }] });
    const { method, path, body, answer } = recorded(name);
    // The recorded account has leads 1 and 2; ours begin elsewhere.
    await client.lead.createOrUpdate([
      { email: 'ak+marketo1@usermind.com', firstName: 'AK1', lastName: 'test' },
      { email: 'ak+marketo2@usermind.com' },
    ]);
    const [first, second] = vendor.leads().map(({ id }) => String(id));
    await client.list.addLeadsToList(1001, [Number(first)]);
    const own = path
      .replace('?id=42', `?id=${first}`)
      .replace(/filterValues=1(%2C2)?/, (_, more) => `filterValues=${more ? `${first}%2C${second}` : first}`)
      .replace('/lead/1.json', `/lead/${first}.json`);
    const { access_token: token } = await client.getOAuthToken();
    const type = body?.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
    const response = await fetch(vendor.url + own, {
      ...{ method, headers: { authorization: `Bearer ${token}`, 'content-type': type } },
      ...(body !== undefined && { body }),
    });
    expect(shapeOf(await response.json())).toEqual(shapeOf(answer));
  });

  test('get-oauth-creds', async () => {
    const { client } = await given();
    expect(shapeOf(await client.getOAuthToken())).toEqual(shapeOf(recorded('get-oauth-creds').answer));
  });
});
