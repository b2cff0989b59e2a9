import { Client } from '@hubspot/api-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { shapeProblems } from './hubspot-shapes.ts';

const lists = [
  { listId: '77', name: 'Harbor Expo', processingType: 'MANUAL' as const },
  { listId: '78', name: 'Everybody', processingType: 'DYNAMIC' as const },
];

/** HubSpot's own client, on the simulator. */
async function given() {
  const vendor = await startHubspot({ lists });
  onTestFinished(() => vendor.close());
  const clientOf = (accessToken: string) => new Client({ accessToken, basePath: vendor.url });
  const client = clientOf(vendor.accessToken);
  /** The same without the client, for the shape of the answer itself. */
  const ask = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${vendor.accessToken}`, 'content-type': 'application/json' };
    const answer = await fetch(vendor.url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  return { vendor, client, clientOf, ask };
}

const upsertOf = (email: string, trace: string | null = email, more: Record<string, string> = {}) => ({
  id: email,
  idProperty: 'email',
  ...(trace !== null && { objectWriteTraceId: trace }),
  properties: { email, firstname: email.split('@')[0] ?? '', ...more },
});

describe('HubSpot’s own client sees', () => {
  test('contacts that are made, updated and read', async () => {
    const { client } = await given();
    const { batchApi } = client.crm.contacts;
    const made = await batchApi.upsert({ inputs: [upsertOf('a@example.test'), upsertOf('b@example.test')] });
    expect(made.status).toBe('COMPLETE');
    expect(made.results.map(({ _new, objectWriteTraceId }) => [objectWriteTraceId, _new]).toSorted()).toEqual([
      ['a@example.test', true],
      ['b@example.test', true],
    ]);
    const [first] = made.results.filter(({ properties }) => properties.email === 'a@example.test');
    expect(first?.createdAt).toBeInstanceOf(Date);

    const again = await batchApi.upsert({ inputs: [upsertOf('a@example.test', 't', { company: 'Engines' })] });
    expect(again.results).toMatchObject([{ id: first?.id, _new: false, properties: { company: 'Engines' } }]);
    await batchApi.update({ inputs: [{ id: first?.id ?? '', properties: { email: 'c@example.test' } }] });
    const read = await batchApi.read({
      ...{ idProperty: 'email', properties: ['email', 'company'], propertiesWithHistory: [] },
      inputs: [{ id: 'c@example.test' }],
    });
    expect(read.results).toMatchObject([
      { id: first?.id, properties: { email: 'c@example.test', company: 'Engines' } },
    ]);
  });

  test('who is absent and what is refused as errors of a partial success', async () => {
    const { client } = await given();
    const { batchApi } = client.crm.contacts;
    await batchApi.upsert({ inputs: [upsertOf('a@example.test')] });
    const read = await batchApi.read({
      ...{ idProperty: 'email', properties: ['email'], propertiesWithHistory: [] },
      inputs: [{ id: 'a@example.test' }, { id: 'nobody@example.test' }],
    });
    expect(read).toMatchObject({
      results: [{ properties: { email: 'a@example.test' } }],
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['nobody@example.test'] } }],
    });
    const written = await batchApi.upsert({
      inputs: [upsertOf('b@example.test', 't1'), upsertOf('c@example.test', 't2', { nowhere: 'x' })],
    });
    expect(written).toMatchObject({
      results: [{ objectWriteTraceId: 't1' }],
      errors: [
        {
          category: 'VALIDATION_ERROR',
          context: { objectWriteTraceId: ['t2'] },
          errors: [{ code: 'PROPERTY_DOESNT_EXIST' }],
        },
      ],
    });
  });

  test.for([
    ['a bad contact without trace ids', [upsertOf('a@example.test', null, { nowhere: 'x' })], 'PROPERTY_DOESNT_EXIST'],
    ['a contact twice', [upsertOf('a@example.test', 'x'), upsertOf('a@example.test', 'y')], 'VALIDATION_ERROR'],
  ] as const)('%s as a refusal of the whole call', async ([, inputs, code]) => {
    const { client, vendor } = await given();
    const refused = await client.crm.contacts.batchApi.upsert({ inputs: [...inputs] }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 400,
      body: { category: 'VALIDATION_ERROR', correlationId: expect.any(String), errors: [{ code }] },
    });
    expect(vendor.contacts()).toEqual([]);
  });

  test('properties, static lists and their members', async () => {
    const { client, vendor } = await given();
    const { results } = await client.crm.properties.coreApi.getAll('contacts');
    expect(results.find(({ name }) => name === 'hs_lead_status')).toMatchObject({
      type: 'enumeration',
      options: [{ value: 'NEW' }, { value: 'OPEN' }, { value: 'IN_PROGRESS' }],
    });
    expect(results.find(({ name }) => name === 'hs_object_id')?.modificationMetadata?.readOnlyValue).toBe(true);

    const { listsApi, membershipsApi } = client.crm.lists;
    const found = await listsApi.doSearch({ query: 'harbor', processingTypes: ['MANUAL', 'SNAPSHOT'] });
    expect(found).toMatchObject({ total: 1, lists: [{ listId: '77', name: 'Harbor Expo' }] });
    expect((await listsApi.getById('77')).list).toMatchObject({ name: 'Harbor Expo', processingType: 'MANUAL' });
    await client.crm.contacts.batchApi.upsert({ inputs: [upsertOf('a@example.test')] });
    const id = vendor.contacts()[0]?.id ?? '';
    expect(await membershipsApi.add('77', [id, '999'])).toMatchObject({
      recordsIdsAdded: [id],
      recordIdsMissing: ['999'],
    });
    expect(await membershipsApi.add('77', [id])).toMatchObject({ recordsIdsAdded: [] });
    await expect(membershipsApi.add('78', [id])).rejects.toMatchObject({ code: 400 });
    await expect(membershipsApi.add('79', [id])).rejects.toMatchObject({
      code: 404,
      body: { category: 'OBJECT_NOT_FOUND' },
    });
  });

  test('tokens that are refreshed, rotate, and tell whose they are', async () => {
    const { vendor, client, clientOf } = await given();
    const { clientId, clientSecret } = vendor;
    const { refreshToken } = vendor.signIn.issue(Date.now());
    const refresh = (token: string) =>
      client.oauth.tokensApi.create('refresh_token', undefined, undefined, clientId, clientSecret, token);
    const tokens = await refresh(refreshToken);
    expect(tokens).toMatchObject({ expiresIn: 1_800, tokenType: 'bearer' });
    expect(tokens.refreshToken).not.toBe(refreshToken);
    expect(await client.oauth.accessTokensApi.get(tokens.accessToken)).toMatchObject({
      hubId: 4711,
      tokenType: 'access',
    });
    await expect(clientOf(tokens.accessToken).crm.properties.coreApi.getAll('contacts')).resolves.toBeDefined();
    await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 400, body: { status: 'BAD_REFRESH_TOKEN' } });
    await expect(clientOf('pat-wrong').crm.properties.coreApi.getAll('contacts')).rejects.toMatchObject({
      code: 401,
      body: { category: 'INVALID_AUTHENTICATION' },
    });
  });

  test('429 with the policy that was met', async () => {
    const { vendor } = await given();
    const limited = await startHubspot({ rateMax: 1, accessToken: vendor.accessToken });
    onTestFinished(() => limited.close());
    const client = new Client({ accessToken: limited.accessToken, basePath: limited.url });
    await client.crm.properties.coreApi.getAll('contacts');
    const refused = await client.crm.properties.coreApi.getAll('contacts').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 429, body: { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' } });
  });
});

describe('answers have the published shape', () => {
  const contacts = '/crm/v3/objects/contacts/batch';

  test('of batches, whole and in part', async () => {
    const { ask } = await given();
    const made = await ask('POST', `${contacts}/upsert`, { inputs: [upsertOf('a@example.test')] });
    expect(shapeProblems('crm/contacts', 'BatchResponseSimplePublicUpsertObject', made.body)).toEqual([]);
    const partial = await ask('POST', `${contacts}/upsert`, {
      inputs: [upsertOf('b@example.test', 't1'), upsertOf('c@example.test', 't2', { nowhere: 'x' })],
    });
    expect(partial.status).toBe(207);
    expect(shapeProblems('crm/contacts', 'BatchResponseSimplePublicUpsertObjectWithErrors', partial.body)).toEqual([]);
    const updated = await ask('POST', `${contacts}/update`, {
      inputs: [
        { id: '501', objectWriteTraceId: 't1', properties: { company: 'Engines' } },
        { id: '999', objectWriteTraceId: 't2', properties: { company: 'Engines' } },
      ],
    });
    expect(updated.status).toBe(207);
    expect(shapeProblems('crm/contacts', 'BatchResponseSimplePublicObjectWithErrors', updated.body)).toEqual([]);
    const read = await ask('POST', `${contacts}/read`, {
      properties: [],
      propertiesWithHistory: [],
      inputs: [{ id: '501' }, { id: '9' }],
    });
    expect(shapeProblems('crm/contacts', 'BatchResponseSimplePublicObjectWithErrors', read.body)).toEqual([]);
  });

  test('of refusals', async () => {
    const { ask } = await given();
    const bad = await ask('POST', `${contacts}/upsert`, {
      inputs: [upsertOf('a@example.test', null, { nowhere: 'x' })],
    });
    const unknown = await ask('GET', '/crm/v3/nowhere');
    for (const { body } of [bad, unknown]) {
      expect(shapeProblems('crm/contacts', 'ModelError', body, ['status'])).toEqual([]);
    }
  });

  test('of properties and lists', async () => {
    const { ask } = await given();
    const properties = await ask('GET', '/crm/v3/properties/contacts');
    expect(shapeProblems('crm/properties', 'CollectionResponsePropertyNoPaging', properties.body)).toEqual([]);
    const search = await ask('POST', '/crm/v3/lists/search', { query: '' });
    expect(shapeProblems('crm/lists', 'ListSearchResponse', search.body)).toEqual([]);
    expect(shapeProblems('crm/lists', 'ListFetchResponse', (await ask('GET', '/crm/v3/lists/77')).body)).toEqual([]);
    const added = await ask('PUT', '/crm/v3/lists/77/memberships/add', ['999']);
    expect(shapeProblems('crm/lists', 'MembershipsUpdateResponse', added.body)).toEqual([]);
  });

  test('of tokens', async () => {
    const { vendor } = await given();
    const { clientId, clientSecret } = vendor;
    const { refreshToken, accessToken } = vendor.signIn.issue(Date.now());
    const form = { grant_type: 'refresh_token', client_id: clientId, client_secret: clientSecret };
    const tokens = await fetch(`${vendor.url}/oauth/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...form, refresh_token: refreshToken }),
    });
    expect(shapeProblems('oauth', 'AccessTokenResponse', await tokens.json())).toEqual([]);
    const info = await fetch(`${vendor.url}/oauth/v1/access-tokens/${accessToken}`);
    expect(shapeProblems('oauth', 'AccessTokenInfoResponse', await info.json())).toEqual([]);
  });

  test('and what is not of it is told', () => {
    const odd = { results: [{ name: 'x', label: 1 }], more: true };
    expect(shapeProblems('crm/properties', 'CollectionResponsePropertyNoPaging', odd)).toEqual(
      expect.arrayContaining([
        'CollectionResponsePropertyNoPaging.more: not of the specification',
        'CollectionResponsePropertyNoPaging.results[0].label: 1 is no string',
        'CollectionResponsePropertyNoPaging.results[0].groupName: missing',
      ]),
    );
  });
});
