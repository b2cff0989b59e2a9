import { LeadsApi, Configuration as OldConfiguration, UsersApi } from 'pipedrive/v1';
import { Configuration, OAuth2Configuration, PersonFieldsApi, PersonsApi } from 'pipedrive/v2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fieldOf } from '../../simulators/pipedrive/person-fields.ts';
import { type PipedriveOptions, startPipedrive } from '../../simulators/pipedrive/start-pipedrive.ts';

const ada = 'ada@example.test';
const segment = '1234567890abcdef1234567890abcdef12345678';
const options = [
  { id: 7, label: 'Pumps' },
  { id: 8, label: 'Valves' },
];

/** Pipedrive's own client, pointed at the simulator. */
async function given(more: PipedriveOptions = {}) {
  const fields = [fieldOf(segment, 'Segment', 'enum', { options })];
  const vendor = await startPipedrive({ fields, rateMax: null, searchMax: null, ...more });
  onTestFinished(() => vendor.close());
  const configuration = new Configuration({ apiKey: vendor.apiToken, basePath: `${vendor.url}/api/v2` });
  const old = new OldConfiguration({ apiKey: vendor.apiToken, basePath: `${vendor.url}/api/v1` });
  return {
    vendor,
    persons: new PersonsApi(configuration),
    fields: new PersonFieldsApi(configuration),
    leads: new LeadsApi(old),
    users: new UsersApi(old),
  };
}

const emails = [{ value: ada, primary: true, label: 'work' }];

describe("Pipedrive's own client finds in the simulator what it expects of Pipedrive", () => {
  test('creates, finds, reads, updates, lists and deletes a person', async () => {
    const { persons } = await given();
    const created = await persons.addPerson({
      AddPersonRequest: { name: 'Ada Lovelace', emails, custom_fields: { [segment]: 7 } },
    });
    expect(created).toMatchObject({
      success: true,
      data: {
        id: 1,
        name: 'Ada Lovelace',
        first_name: 'Ada',
        last_name: 'Lovelace',
        emails,
        custom_fields: { [segment]: 7 },
      },
    });
    const found = await persons.searchPersons({ term: 'ADA@example.test', fields: 'email', exact_match: true });
    expect(found).toMatchObject({
      success: true,
      data: { items: [{ item: { id: 1, type: 'person', emails: [ada] } }] },
    });
    const nobody = await persons.searchPersons({ term: 'eva@example.test', fields: 'email', exact_match: true });
    expect(nobody).toMatchObject({ success: true, data: { items: [] } });

    const updated = await persons.updatePerson({
      id: 1,
      UpdatePersonRequest: {
        phones: [{ value: '+49 30 1', primary: true, label: 'work' }],
        custom_fields: { [segment]: null },
      },
    });
    expect(updated.data).toMatchObject({
      name: 'Ada Lovelace',
      emails,
      phones: [{ value: '+49 30 1' }],
      custom_fields: { [segment]: null },
    });
    expect((await persons.getPerson({ id: 1 })).data).toEqual(updated.data);
    const since = await persons.getPersons({
      updated_since: '2026-01-01T00:00:00Z',
      sort_by: 'id',
      sort_direction: 'desc',
      limit: 1,
    });
    expect(since.data).toEqual([updated.data]);
    await persons.deletePerson({ id: 1 });
    await expect(persons.getPerson({ id: 1 })).rejects.toMatchObject({ success: false, errorCode: 404 });
  });

  test('follows the cursors of lists', async () => {
    const { vendor, persons } = await given();
    for (let nth = 0; nth < 5; nth++) vendor.enter({ name: `Person ${nth}` });
    const ids: (number | undefined)[] = [];
    let cursor: string | undefined;
    do {
      const page = await persons.getPersons({ limit: 2, ...(cursor && { cursor }) });
      ids.push(...(page.data ?? []).map(({ id }) => id));
      cursor = page.additional_data?.next_cursor ?? undefined;
    } while (cursor);
    expect(ids).toEqual([1, 2, 3, 4, 5]);
  });

  test('describes the fields of persons', async () => {
    const { fields } = await given();
    const { data = [] } = await fields.getPersonFields({ limit: 500 });
    expect(data.find(({ field_code }) => field_code === segment)).toMatchObject({
      field_name: 'Segment',
      field_type: 'enum',
      is_custom_field: true,
      options,
    });
    expect(data.map(({ field_code }) => field_code)).toEqual(
      expect.arrayContaining(['name', 'emails', 'phones', 'org_id']),
    );
  });

  test('creates and updates a lead of a person', async () => {
    const { vendor, leads } = await given();
    vendor.enter({ name: 'Ada' });
    const { data } = await leads.addLead({ AddLeadRequest: { title: 'Harbor Expo', person_id: 1 } });
    expect(data).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), title: 'Harbor Expo', person_id: 1 });
    const value = { amount: 100, currency: 'EUR' };
    const changed = await leads.updateLead({ id: data?.id ?? '', UpdateLeadRequest: { value } });
    expect(changed.data).toMatchObject({ title: 'Harbor Expo', value });
    await expect(leads.addLead({ AddLeadRequest: { title: 'Of nobody' } })).rejects.toMatchObject({ errorCode: 400 });
  });

  test('asks who it is', async () => {
    const { users } = await given();
    expect((await users.getCurrentUser()).data).toMatchObject({ company_id: 4711, company_domain: 'acme' });
  });
});

test('its sign-in takes a code, and renews the access token by a refresh token that is good once', async () => {
  const { vendor } = await given();
  const { clientId, clientSecret, url } = vendor;
  const redirectUri = 'https://sluice.example/oauth/callback';
  const oauth = new OAuth2Configuration({ clientId, clientSecret, redirectUri, host: url });
  const back = await fetch(oauth.authorizationUrl, { redirect: 'manual' });
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const first = await oauth.authorize(code);
  expect(first).toMatchObject({ token_type: 'Bearer', expires_in: 3_600, api_domain: url });
  expect(oauth.basePath).toBe(`${url}/api/v2`);
  const persons = new PersonsApi(new Configuration({ accessToken: oauth.getAccessToken, basePath: oauth.basePath }));
  expect(await persons.getPersons()).toMatchObject({ success: true, data: [] });

  vendor.signIn.expire();
  await expect(persons.getPersons()).rejects.toMatchObject({ errorCode: 401 });
  await oauth.tokenRefresh();
  expect(await persons.getPersons()).toMatchObject({ success: true });
  oauth.updateToken(first);
  await expect(oauth.tokenRefresh()).rejects.toMatchObject({ success: false, error: 'invalid_grant' });
});

describe('its errors', () => {
  test('name what is wrong, in the body that Pipedrive sends', async () => {
    const { persons, vendor } = await given();
    const refused = { success: false, errorCode: 400 };
    await expect(persons.addPerson({ AddPersonRequest: { emails } })).rejects.toMatchObject({
      ...refused,
      error: expect.stringContaining('name'),
    });
    const wrongType = { name: 'Ada', custom_fields: { [segment]: '7' } };
    await expect(persons.addPerson({ AddPersonRequest: wrongType })).rejects.toMatchObject({
      ...refused,
      error: expect.stringContaining(segment),
    });
    await expect(persons.addPerson({ AddPersonRequest: { name: 'Ada', job_title: 'Countess' } })).rejects.toMatchObject(
      {
        success: false,
        errorCode: 403,
      },
    );
    expect(vendor.persons()).toEqual([]);
    const stranger = new PersonsApi(new Configuration({ apiKey: 'wrong', basePath: `${vendor.url}/api/v2` }));
    await expect(stranger.getPersons()).rejects.toEqual({
      success: false,
      error: 'unauthorized access',
      errorCode: 401,
      error_info: 'Please check developers.pipedrive.com',
      data: null,
      additional_data: null,
    });
  });

  test('tell of the limit of searches, of calls, of tokens, and at last of a block', async () => {
    const clock = () => Date.parse('2026-11-23T12:00:00Z');
    const { persons } = await given({ clock, rateMax: 20, searchMax: 10, blockedAfter: 12 });
    const search = () => persons.searchPersons({ term: ada, fields: 'email', exact_match: true });
    for (let nth = 0; nth < 10; nth++) await search();
    await expect(search()).rejects.toMatchObject({ errorCode: 429 });
    for (let nth = 0; nth < 10; nth++) await persons.getPersons();
    for (let nth = 0; nth < 12; nth++) await expect(persons.getPersons()).rejects.toMatchObject({ errorCode: 429 });
    await expect(persons.getPersons()).rejects.toContain('Cloudflare');

    const poor = await given({ clock, tokensMax: 15 });
    await poor.persons.getPersons();
    await expect(poor.persons.getPersons()).rejects.toMatchObject({
      errorCode: 429,
      error: expect.stringContaining('Daily'),
    });
  });
});
