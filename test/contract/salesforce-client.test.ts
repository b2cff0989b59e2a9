import jsforce from 'jsforce';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type SalesforceOptions, startSalesforce } from '../../simulators/salesforce/start-salesforce.ts';

/** What an independent client sees of the simulator must be what it expects of Salesforce. */

const redirectUri = 'https://client.example/callback';
const lead = (email: string, more = {}) => ({ Email: email, LastName: 'Lovelace', Company: 'Engines', ...more });
const badge = { name: 'Badge__c', externalId: true, idLookup: true, unique: true };

async function given(options: SalesforceOptions = {}) {
  const vendor = await startSalesforce(options);
  onTestFinished(() => vendor.close());
  const { clientId, clientSecret } = vendor.login;
  const oauth2 = new jsforce.OAuth2({ loginUrl: vendor.url, clientId, clientSecret, redirectUri, useVerifier: true });
  const { accessToken, refreshToken } = vendor.login.issue(Date.now());
  const connection = new jsforce.Connection({
    oauth2: { loginUrl: vendor.url, clientId, clientSecret, redirectUri },
    instanceUrl: vendor.url,
    accessToken,
    refreshToken,
    version: '67.0',
    maxRequest: 100,
  });
  return { vendor, oauth2, connection, refreshToken };
}

describe('jsforce', () => {
  test('signs in by an authorization code with PKCE, and knows who it is', async () => {
    const { vendor, oauth2 } = await given();
    const address = oauth2.getAuthorizationUrl({ scope: 'api refresh_token', code_challenge_method: 'S256' });
    const answer = await fetch(address, { redirect: 'manual' });
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const connection = new jsforce.Connection({ oauth2, version: '67.0' });
    const user = await connection.authorize(code);
    expect(user.organizationId).toBe(vendor.login.orgId);
    expect(connection.instanceUrl).toBe(vendor.url);
    expect(connection.refreshToken).toMatch(/^refresh-/);
    expect(await connection.identity()).toMatchObject({ username: vendor.login.username });
  });

  test('refreshes its access token when the session has expired, and goes on', async () => {
    const { vendor, connection } = await given();
    const refreshed: string[] = [];
    connection.on('refresh', (accessToken: string) => refreshed.push(accessToken));
    vendor.login.signIn.expire();
    expect(await connection.sobject('Lead').create(lead('a@example.test'))).toMatchObject({ success: true });
    expect(refreshed).toHaveLength(1);
  });

  test('is told that the refresh token is not good any more', async () => {
    const { vendor, connection } = await given();
    vendor.login.revoke(true);
    await expect(connection.query('SELECT Id FROM Lead')).rejects.toMatchObject({
      message: expect.stringContaining('expired access/refresh token'),
    });
  });

  test('signs in by client credentials, and revokes the token', async () => {
    const { vendor } = await given();
    const { clientId, clientSecret } = vendor.login;
    const connection = new jsforce.Connection({ instanceUrl: vendor.url, version: '67.0' });
    const oauth2 = new jsforce.OAuth2({ loginUrl: vendor.url, clientId, clientSecret });
    const { access_token: accessToken } = await oauth2.requestToken({ grant_type: 'client_credentials' });
    const client = new jsforce.Connection({ instanceUrl: vendor.url, accessToken, version: '67.0' });
    expect(await client.query('SELECT Id FROM Lead')).toMatchObject({ totalSize: 0, done: true, records: [] });
    await oauth2.revokeToken(accessToken);
    await expect(client.query('SELECT Id FROM Lead')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
    await expect(connection.query('SELECT Id FROM Lead')).rejects.toMatchObject({ errorCode: 'INVALID_SESSION_ID' });
  });

  test('pages through a query by nextRecordsUrl', async () => {
    const { vendor, connection } = await given({ pageSize: 10 });
    for (let n = 0; n < 25; n++) vendor.org.add('Lead', lead(`lead${n}@example.test`));
    const first = await connection.query<{ Email: string }>('SELECT Id, Email FROM Lead ORDER BY Email');
    expect(first).toMatchObject({ totalSize: 25, done: false, nextRecordsUrl: expect.stringContaining('/query/') });
    expect(first.records).toHaveLength(10);
    const second = await connection.queryMore<{ Email: string }>(first.nextRecordsUrl ?? '');
    expect(second.records).toHaveLength(10);
    const all = await connection.query<{ Email: string }>('SELECT Email FROM Lead', { autoFetch: true, maxFetch: 100 });
    expect(all.records.map(({ Email }) => Email)).toHaveLength(25);
    expect(await connection.sobject('Lead').find({ Email: 'lead7@example.test' }, ['Id', 'Email'])).toMatchObject([
      { Email: 'lead7@example.test', attributes: { type: 'Lead' } },
    ]);
  });

  test('describes leads', async () => {
    const { connection } = await given({ fields: [badge] });
    const { name, fields, keyPrefix } = await connection.sobject('Lead').describe();
    expect({ name, keyPrefix }).toEqual({ name: 'Lead', keyPrefix: '00Q' });
    const field = (one: string) => fields.find((found) => found.name === one);
    expect(field('LastName')).toMatchObject({ nillable: false, createable: true, type: 'string', length: 80 });
    expect(field('Rating')?.picklistValues).toContainEqual(expect.objectContaining({ value: 'Hot', active: true }));
    expect(field('Badge__c')).toMatchObject({ externalId: true, unique: true, custom: true });
  });

  test('creates, updates and upserts collections: results in order, the bad ones alone refused', async () => {
    const { vendor, connection } = await given({ fields: [badge] });
    const leads = connection.sobject('Lead');
    const created = await leads.create([lead('a@example.test'), { Email: 'b@example.test' }, lead('c@example.test')]);
    expect(created).toMatchObject([
      { success: true, id: expect.stringMatching(/^00Q/) },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING', fields: ['LastName', 'Company'] }] },
      { success: true },
    ]);
    const id = created[0]?.id ?? '';
    const updated = await leads.update([
      { Id: id, Title: 'Countess' },
      { Id: '00QSim999999999AAA', Title: 'x' },
    ]);
    expect(updated).toMatchObject([{ success: true, id }, { success: false }]);
    const upserted = await leads.upsert(
      [lead('d@example.test', { Badge__c: 'B-1' }), lead('e@example.test', { Badge__c: 'B-2', Rating: 'Boiling' })],
      'Badge__c',
    );
    expect(upserted).toMatchObject([
      { success: true, created: true },
      { success: false, errors: [{ statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST' }] },
    ]);
    const again = await leads.upsert([lead('d2@example.test', { Badge__c: 'B-1' })], 'Badge__c');
    expect(again).toMatchObject([{ success: true, created: false }]);
    expect(vendor.leads().map(({ Email }) => Email)).toEqual(['a@example.test', 'c@example.test', 'd2@example.test']);
  });

  test('takes all back when one is bad and all or none was asked for', async () => {
    const { vendor, connection } = await given();
    const batch = [lead('a@example.test'), { Email: 'b@example.test' }];
    const results = await connection.sobject('Lead').create(batch, { allOrNone: true });
    expect(results).toMatchObject([
      { success: false, errors: [{ statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK' }] },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
    expect(vendor.leads()).toEqual([]);
  });

  test('reads, updates and deletes one, by id and by an external id', async () => {
    const { vendor, connection } = await given({ fields: [{ ...badge, unique: false }] });
    const leads = connection.sobject('Lead');
    const { id = '' } = await leads.create(lead('a@example.test', { Badge__c: 'B-1' }));
    expect(await leads.retrieve(id)).toMatchObject({ Id: id, Email: 'a@example.test' });
    expect(await leads.update({ Id: id, Title: 'Countess' })).toMatchObject({ success: true });
    expect(await leads.upsert({ ...lead('b@example.test'), Badge__c: 'B-1' }, 'Badge__c')).toMatchObject({
      success: true,
    });
    vendor.org.add('Lead', lead('twin@example.test', { Badge__c: 'B-1' }));
    await expect(leads.upsert({ ...lead('b@example.test'), Badge__c: 'B-1' }, 'Badge__c')).rejects.toMatchObject({
      errorCode: 'MULTIPLE_CHOICES',
    });
    expect(await leads.destroy(id ?? '')).toMatchObject({ success: true });
    await expect(leads.retrieve(id)).rejects.toMatchObject({ errorCode: 'NOT_FOUND' });
  });

  test.for([
    ['SELECT Nowhere FROM Lead', 'INVALID_FIELD'],
    ['SELECT Id FROM Nowhere', 'INVALID_TYPE'],
    ['SELECT Id FROM', 'MALFORMED_QUERY'],
  ] as const)('%s: %s', async ([soql, errorCode]) => {
    const { connection } = await given();
    await expect(connection.query(soql)).rejects.toMatchObject({ errorCode });
  });

  test('meets a duplicate rule as Salesforce tells it, and learns its limits', async () => {
    const { connection } = await given({ duplicateRule: 'ALERT', dailyMax: 5 });
    await connection.sobject('Lead').create(lead('a@example.test'));
    expect(connection.limitInfo).toMatchObject({ apiUsage: { used: 1, limit: 5 } });
    await expect(connection.sobject('Lead').create(lead('b@example.test'))).rejects.toMatchObject({
      errorCode: 'DUPLICATES_DETECTED',
      data: {
        duplicateResult: {
          allowSave: true,
          matchResults: [{ matchRecords: [{ record: { Id: expect.any(String) } }] }],
        },
      },
    });
    const headers = { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' };
    expect(await connection.sobject('Lead').create(lead('b@example.test'), { headers })).toMatchObject({
      success: true,
    });
    for (let n = 0; n < 2; n++) await connection.query('SELECT Id FROM Lead');
    await expect(connection.query('SELECT Id FROM Lead')).rejects.toMatchObject({
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
    });
  });
});
