import { describe, expect, test } from 'vitest';
import { fieldOf, type PipedriveField } from '../../simulators/pipedrive/person-fields.ts';
import type { RemoteField } from '../../src/domain/mapping.ts';
import { pipedrive } from '../../src/sync/connectors/pipedrive/pipedrive.ts';
import { givenPipedrive, kindsOf, personOf } from './pipedrive-stand.ts';

const ada = 'ada@example.test';
const keyOf = (nth: number): string => nth.toString(16).padStart(40, '0');
const options = [
  { id: 11, label: 'Pumps' },
  { id: 12, label: 'Valves' },
];
const types = [
  'double',
  'int',
  'boolean',
  'enum',
  'set',
  'monetary',
  'date',
  'time',
  'daterange',
  'address',
  'varchar',
];
const custom = types.map(
  (type, nth): PipedriveField =>
    fieldOf(keyOf(nth), `Of type ${type}`, type, { options: type === 'enum' || type === 'set' ? options : null }),
);
const fieldOfType = (type: string) => keyOf(types.indexOf(type));

const given = () => givenPipedrive({ fields: custom });

async function described(world: Awaited<ReturnType<typeof given>>): Promise<ReadonlyMap<string, RemoteField>> {
  const answer = await pipedrive.describe(world.session);
  return new Map(answer.kind === 'described' ? answer.fields.map((field) => [field.name, field]) : []);
}

describe('the fields of persons', () => {
  test('are described with type, options, length and what can not be written', async () => {
    const fields = await described(await given());
    expect(fields.get(fieldOfType('enum'))).toEqual({
      name: fieldOfType('enum'),
      label: 'Of type enum',
      type: 'enum',
      required: false,
      readOnly: false,
      maxLength: null,
      options: ['Pumps', 'Valves'],
      optionIds: ['11', '12'],
      multiple: false,
    });
    expect(fields.get(fieldOfType('set'))).toMatchObject({ multiple: true });
    expect(fields.get(fieldOfType('varchar'))).toMatchObject({ maxLength: 255, options: null });
    expect(fields.get('emails')).toMatchObject({ required: true, readOnly: false });
    for (const name of ['id', 'update_time', 'open_deals_count']) expect(fields.get(name)?.readOnly).toBe(true);
  });

  test('are read page by page', async () => {
    const many = Array.from({ length: 1_200 }, (_, nth) => fieldOf(keyOf(nth), `Field ${nth}`, 'varchar'));
    const { session, vendor } = await givenPipedrive({ fields: many });
    const answer = await pipedrive.describe(session);
    expect(answer.kind === 'described' && answer.fields.length).toBeGreaterThan(1_200);
    expect(vendor.calls().filter(({ path }) => path === '/api/v2/personFields')).toHaveLength(3);
  });

  test('of older names are known by their new ones, and what every account has is there also untold', async () => {
    const { session, vendor } = await given();
    vendor.fault({
      kind: 'status',
      status: 200,
      path: 'personFields',
      body: '{"success":true,"data":[{"field_code":"email","field_type":"varchar"},{"field_code":"label","field_type":"set"}]}',
    });
    const answer = await pipedrive.describe(session);
    const names = answer.kind === 'described' ? answer.fields.map(({ name }) => name) : [];
    expect(names).toEqual(['emails', 'label_ids', 'name', 'first_name', 'last_name', 'phones']);
  });
});

describe('values of custom fields', () => {
  test.for<[type: string, text: string, sent: unknown]>([
    ['double', '12.5', 12.5],
    ['int', '42', 42],
    ['boolean', 'Yes', true],
    ['boolean', 'false', false],
    ['enum', 'Valves', 12],
    ['enum', '11', 11],
    ['set', 'Pumps;Valves', [11, 12]],
    ['set', '12', [12]],
    ['monetary', '1200.50 USD', { value: 1200.5, currency: 'USD' }],
    ['monetary', 'gbp 7', { value: 7, currency: 'GBP' }],
    ['monetary', '99', { value: 99, currency: 'EUR' }], // the account's own
    ['date', '2026-11-23T09:30:00Z', '2026-11-23'],
    ['time', '14:30', { value: '14:30:00' }],
    ['daterange', '2026-11-23/2026-11-26', { value: '2026-11-23', until: '2026-11-26' }],
    ['address', 'Hafenstr. 1, Hamburg', { value: 'Hafenstr. 1, Hamburg' }],
    ['varchar', '0042', '0042'],
  ])('a %s takes "%s" as it wants it', async ([type, text, sent]) => {
    const world = await given();
    const key = fieldOfType(type);
    const record = personOf(ada, { [key]: text });
    expect(kindsOf(await pipedrive.push([record], world.session))).toEqual(['cleared']);
    expect(world.vendor.persons()[0]?.custom_fields).toEqual({ [key]: sent });
    const known = { ...record, fields: await described(world) };
    expect(pipedrive.payload(known, null, world.credentials)).toMatchObject({ custom_fields: { [key]: sent } });
    expect(pipedrive.check(known)).toBeNull();
  });

  test.for<[type: string, text: string]>([
    ['double', 'a lot'],
    ['int', '4.5'],
    ['boolean', 'maybe'],
    ['enum', 'Bolts'],
    ['set', 'Pumps;Bolts'],
    ['monetary', 'EUR'],
    ['date', 'tomorrow'],
    ['time', '25:00'],
    ['daterange', '2026-11-23'],
  ])('a %s does not take "%s": that lead fails before anything is written', async ([type, text]) => {
    const world = await given();
    const key = fieldOfType(type);
    const record = personOf(ada, { [key]: text });
    const error = { category: 'DATA_VALUE_VALIDATION', remoteField: key };
    expect(await pipedrive.push([record], world.session)).toMatchObject({ outcomes: [{ kind: 'failed', error }] });
    expect(world.vendor.calls().map(({ path }) => path)).toEqual(['/api/v2/personFields']);
    expect(pipedrive.check({ ...record, fields: await described(world) })).toMatchObject(error);
  });

  test('their types are read once a session, and not at all where the engine knows them', async () => {
    const world = await given();
    const describes = () => world.vendor.calls().filter(({ path }) => path === '/api/v2/personFields').length;
    const of = (email: string) => personOf(email, { [fieldOfType('int')]: '1' });
    for (const email of [ada, 'eva@example.test']) await pipedrive.push([of(email)], world.session);
    expect(describes()).toBe(1);
    const fields = await described(world);
    await pipedrive.push([{ ...of(ada), fields }], world.bench.session(world.credentials));
    expect(describes()).toBe(2); // that of the test itself
  });
});

describe('a person', () => {
  test('is created with a name, of what is mapped or else of what the lead has', async () => {
    const { credentials } = await given();
    const nameOf = (record: ReturnType<typeof personOf>) => pipedrive.payload(record, null, credentials);
    expect(nameOf(personOf(ada))).toMatchObject({ name: 'ada Lovelace' });
    expect(nameOf(personOf(ada, { name: 'Countess Ada' }))).toMatchObject({ name: 'Countess Ada' });
    const { lead } = personOf(ada);
    const unmapped = (of: Partial<typeof lead>) =>
      personOf(ada, {}, { values: { emails: ada }, lead: { ...lead, ...of } });
    expect(nameOf(unmapped({}))).toMatchObject({ name: 'ada Lovelace' });
    expect(nameOf(unmapped({ firstName: null, lastName: null }))).toEqual({
      name: ada,
      emails: [{ value: ada, primary: true, label: 'work' }],
    });
  });

  test('keeps its other addresses and numbers, and the part of the name that the lead has not', async () => {
    const { vendor, session } = await given();
    const contact = (value: string, primary = true) => ({ value, primary, label: 'home' });
    vendor.enter({ name: 'Ada King', emails: [contact('old@example.test')], phones: [contact('+49 30 1')] });
    const values = { emails: ada, first_name: 'Augusta', phones: '+49301' };
    const record = personOf(ada, {}, { remoteId: '1', values });
    expect(kindsOf(await pipedrive.push([record], session))).toEqual(['cleared']);
    expect(vendor.persons()).toMatchObject([
      {
        name: 'Augusta King',
        emails: [
          { value: ada, primary: true, label: 'work' },
          { value: 'old@example.test', primary: false, label: 'home' },
        ],
        phones: [{ value: '+49 30 1' }],
      },
    ]);
  });

  test('that is gone is matched by e-mail address, and created where there is none', async () => {
    const { vendor, session } = await given();
    vendor.enter({ name: 'Ada', emails: [{ value: 'ADA@example.test', primary: true, label: 'work' }] });
    expect(await pipedrive.push([personOf(ada, {}, { remoteId: '99' })], session)).toMatchObject({
      outcomes: [{ kind: 'cleared', remoteId: '1' }],
    });
    vendor.deletePerson(1);
    expect(await pipedrive.push([personOf(ada, {}, { remoteId: '1' })], session)).toMatchObject({
      outcomes: [{ kind: 'cleared', remoteId: '2' }],
    });
  });

  test('that the search still finds though it is gone is created anew', async () => {
    const { vendor, session } = await givenPipedrive({ indexLagMs: Number.POSITIVE_INFINITY });
    vendor.enter({ name: 'Ada', emails: [{ value: ada, primary: true, label: 'work' }] });
    vendor.catchUp();
    vendor.deletePerson(1);
    expect(await pipedrive.push([personOf(ada)], session)).toMatchObject({
      outcomes: [{ kind: 'cleared', remoteId: '2' }],
    });
  });

  test('that there are several of is nobody to choose: the lead fails, and the ids are named', async () => {
    const { vendor, session } = await given();
    for (const name of ['Ada', 'Countess'])
      vendor.enter({ name, emails: [{ value: ada, primary: true, label: 'work' }] });
    expect(await pipedrive.push([personOf(ada)], session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'DUPLICATE', message: expect.stringContaining('1, 2') } }],
    });
  });

  test('can be written where Pipedrive reads no single persons', async () => {
    const { vendor, session } = await givenPipedrive({ missing: [{ method: 'GET', path: /\/persons\/\d+$/ }] });
    await pipedrive.push([personOf(ada)], session);
    const again = personOf(ada, { phones: '123' }, { writeIfBlank: ['last_name'] });
    expect(kindsOf(await pipedrive.push([again], session))).toEqual(['cleared']);
    expect(vendor.persons()).toMatchObject([{ emails: [{ value: ada }], phones: [{ value: '123' }] }]);
  });

  test('WRITE_IF_BLANK fills what is blank, custom fields too, and leaves the rest', async () => {
    const { vendor, session } = await given();
    const [int, text] = [fieldOfType('int'), fieldOfType('varchar')];
    const emails = [{ value: ada, primary: true, label: 'work' }];
    vendor.enter({ name: 'Ada King', emails, custom_fields: { [int]: 7 } });
    const writeIfBlank = [int, text, 'phones', 'first_name', 'last_name'];
    const record = personOf(ada, { [int]: '8', [text]: 'new', phones: '123' }, { writeIfBlank });
    expect(kindsOf(await pipedrive.push([record], session))).toEqual(['cleared']);
    expect(vendor.received(ada)).toEqual({
      phones: [{ value: '123', primary: true, label: 'work' }],
      custom_fields: { [text]: 'new' },
    });
  });
});
