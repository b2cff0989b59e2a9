import { describe, expect, test } from 'vitest';
import { zohoField } from '../../simulators/zoho/fields.ts';
import type { RemoteField } from '../../src/domain/mapping.ts';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { outcomesOf } from './stand.ts';
import { givenZoho as given, kindsOf, leadOf } from './zoho-stand.ts';

describe('the fields of Zoho', () => {
  const fields = [
    zohoField('Attended_On', { data_type: 'date' }),
    zohoField('Scanned_At', { data_type: 'datetime' }),
    zohoField('Interests', {
      data_type: 'multiselectpicklist',
      json_type: 'jsonarray',
      options: ['-None-', 'Pumps', 'Valves'],
    }),
    zohoField('Score', { data_type: 'double', json_type: 'double' }),
    zohoField('Owner_Of_It', { data_type: 'userlookup', json_type: 'jsonobject' }),
    zohoField('Hidden', { visible: false }),
  ];

  const described = async (options = {}) => {
    const zohoCrm = await given({ fields, ...options });
    const answer = await zoho.describe(zohoCrm.session);
    if (answer.kind !== 'described') throw new Error(answer.message);
    return { ...zohoCrm, byName: new Map(answer.fields.map((field): [string, RemoteField] => [field.name, field])) };
  };

  test('are told with type, options, length, what is required and what can not be written', async () => {
    const { byName } = await described({ required: ['Company'] });
    expect(byName.get('Email')).toEqual({
      name: 'Email',
      label: 'Email',
      type: 'email',
      required: true,
      readOnly: false,
      maxLength: 100,
      options: null,
      jsonType: 'string',
    });
    expect(byName.get('Lead_Source')).toMatchObject({
      options: ['Trade Show', 'Partner', 'Web Download'],
      multiple: false,
      maxLength: null,
    });
    expect(byName.get('Interests')).toMatchObject({ options: ['Pumps', 'Valves'], multiple: true });
    expect(byName.get('Created_Time')).toMatchObject({ readOnly: true });
    expect(['Last_Name', 'Company', 'Phone'].map((name) => byName.get(name)?.required)).toEqual([true, true, false]);
    expect(byName.has('Hidden')).toBe(false);
  });

  test('are told also where layouts can not be read', async () => {
    const { vendor, session } = await given();
    vendor.fault({
      kind: 'status',
      status: 401,
      body: '{"code":"OAUTH_SCOPE_MISMATCH","status":"error"}',
      path: '/settings/layouts',
    });
    expect(await zoho.describe(session)).toMatchObject({ kind: 'described' });
  });

  // biome-ignore format: a table
  const values: [string, string, unknown][] = [
    ['No_of_Employees', ' 250', 250],
    ['Annual_Revenue', '1250000.5', 1_250_000.5],
    ['Score', '3', 3],
    ['Email_Opt_Out', 'Yes', true],
    ['Email_Opt_Out', 'false', false],
    ['Interests', 'Pumps;Valves', ['Pumps', 'Valves']],
    ['Lead_Source', 'Partner', 'Partner'],
    ['Attended_On', '2026-11-30', '2026-11-30'],
    ['Attended_On', '2026-11-30T23:15:00.123Z', '2026-11-30'],
    ['Scanned_At', '2026-11-30T14:05:09.123Z', '2026-11-30T14:05:09+00:00'],
    ['Scanned_At', '2026-11-30T14:05+0530', '2026-11-30T14:05:00+05:30'],
    ['Scanned_At', '2026-11-30', '2026-11-30T00:00:00+00:00'],
    ['Owner_Of_It', '7244000000000411001', { id: '7244000000000411001' }],
    ['Phone', '0012', '0012'],
  ];

  test.for(values)('take %s %s as JSON of their type', async ([field, text, json]) => {
    const { byName, vendor, push } = await described();
    const record = leadOf('a@example.test', { fields: byName });
    const lead = { ...record, values: { ...record.values, [field]: text } };
    expect(zoho.check(lead)).toBeNull();
    expect(kindsOf(await push([lead]))).toEqual(['cleared']);
    expect(vendor.leads()[0]?.values[field]).toEqual(json);
  });

  test.for([
    ['No_of_Employees', '12.5'],
    ['Email_Opt_Out', 'perhaps'],
    ['Attended_On', '30.11.2026'],
    ['Attended_On', '2026-11-31'],
    ['Scanned_At', '2026-11-30T25:00:00Z'],
    ['Email', 'nobody'],
  ])('refuse %s %s before any call', async ([field, text]) => {
    const { byName } = await described();
    const record = leadOf('a@example.test', { fields: byName });
    const lead = { ...record, values: { ...record.values, [field as string]: text as string } };
    expect(zoho.check(lead)).toMatchObject({ category: 'DATA_VALUE_VALIDATION', remoteField: field });
  });

  test('that are not known take text as it is', async () => {
    const { push, vendor } = await given();
    await push([leadOf('a@example.test', { values: { Email: 'a@example.test', Last_Name: 'L', Phone: '12' } })]);
    expect(vendor.leads()[0]?.values.Phone).toBe('12');
  });
});

describe('WRITE_IF_BLANK in Zoho', () => {
  const changed = {
    values: { Email: 'kept@example.test', First_Name: 'Changed', Last_Name: 'L', Company: 'New' },
    writeIfBlank: ['First_Name', 'Company'],
  };

  test.for([
    ['by query', {}],
    ['by search, where the scope for queries is missing', { readsCoql: false }],
  ] as const)('keeps what is there and fills what is not, of leads found %s', async ([, options]) => {
    const { vendor, push, known } = await given(options);
    await known('kept@example.test');
    expect(
      kindsOf(
        await push([
          leadOf('kept@example.test', changed),
          leadOf('new@example.test', { writeIfBlank: ['First_Name'] }),
        ]),
      ),
    ).toEqual(['cleared', 'cleared']);
    expect(vendor.leads().map(({ values }) => [values.First_Name, values.Company])).toEqual([
      ['kept', 'New'],
      ['new', undefined],
    ]);
  });

  test('asks for fifty addresses in one query, and does not ask again what it may not', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, k) => leadOf(`w${k}@example.test`, { writeIfBlank: ['First_Name'] }));
    const allowed = await given();
    await allowed.push(many(100));
    expect(allowed.callsTo('/coql')).toHaveLength(2);
    expect(allowed.callsTo('/search')).toHaveLength(0);
    const barred = await given({ readsCoql: false });
    await barred.push(many(3));
    await barred.push(many(3));
    expect(barred.callsTo('/coql')).toHaveLength(1);
    expect(barred.callsTo('/search')).toHaveLength(6);
  });

  test('looks for addresses that no query can say by search', async () => {
    const { push, known, callsTo, vendor } = await given();
    await known("o'brien@example.test");
    const values = { Email: "o'brien@example.test", First_Name: 'Changed', Last_Name: 'L' };
    await push([leadOf("o'brien@example.test", { values, writeIfBlank: ['First_Name'] })]);
    expect(callsTo('/search')).toHaveLength(1);
    expect(vendor.leads()).toMatchObject([{ values: { First_Name: "o'brien" } }]);
  });

  test('takes nobody for the person who has the address as a second one', async () => {
    const { vendor, push } = await given({ readsCoql: false });
    const values = { Email: 'a@example.test', Last_Name: 'A', Secondary_Email: 'b@example.test' };
    await push([leadOf('a@example.test', { values })]);
    await push([leadOf('b@example.test', { writeIfBlank: ['First_Name'] })]);
    expect(vendor.leads().map((lead) => lead.values.First_Name)).toEqual([undefined, 'b']);
  });

  test('is not given up where Zoho can neither search nor query: nobody is written', async () => {
    const { vendor, push } = await given({ readsCoql: false });
    vendor.fault({
      kind: 'status',
      status: 404,
      body: '{"code":"INVALID_URL_PATTERN","status":"error"}',
      path: '/search',
    });
    expect(await push([leadOf('a@example.test', { writeIfBlank: ['First_Name'] })])).toMatchObject({ kind: 'refused' });
    expect(vendor.leads()).toEqual([]);
  });

  test('overwrites nothing that somebody fills between the look-up and the write', async () => {
    const { vendor, push, known, bench, credentials } = await given();
    await known('kept@example.test');
    const http = {
      ...bench.http,
      async request(request: Parameters<typeof bench.http.request>[0]) {
        const result = await bench.http.request(request);
        const [lead] = vendor.leads();
        if (!lead || !request.url.endsWith('/coql')) return result;
        bench.now += 5_000;
        lead.values.Company = 'Filled meanwhile';
        lead.modifiedAtMs = bench.now;
        return result;
      },
    };
    const answer = await zoho.push([leadOf('kept@example.test', changed)], bench.session(credentials, { http }));
    expect(outcomesOf(answer)).toMatchObject([{ kind: 'postponed', error: { vendorCode: 'ALREADY_MODIFIED' } }]);
    expect(kindsOf(await push([leadOf('kept@example.test', changed)]))).toEqual(['cleared']);
    expect(vendor.leads()).toMatchObject([{ values: { Company: 'Filled meanwhile' } }]);
  });

  test('keeps what the lead has that is written in the place of its own', async () => {
    const { vendor, push, known } = await given();
    const holder = await known('kept@example.test');
    const { remoteId } = await known('other@example.test');
    await push([leadOf('kept@example.test', { ...changed, remoteId })]);
    expect(vendor.leads().find(({ id }) => id === holder.remoteId)).toMatchObject({
      values: { First_Name: 'kept', Company: 'New' },
    });
  });
});
