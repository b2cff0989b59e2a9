import { describe, expect, test } from 'vitest';
import type { PushAnswer } from '../../src/sync/connectors/connector.ts';
import { eloqua } from '../../src/sync/connectors/eloqua/eloqua.ts';
import { connectorSuite } from './connector-suite.ts';
import { dataPath, fields, givenEloqua, kindsOf, of, standOf } from './eloqua-stand.ts';

connectorSuite({
  connector: eloqua,
  kindOf: { html: 'unavailable', oversize: 'unavailable' },
  signsIn: true,
  backgroundAfter: 3, // definition, data, sync
  fields,
  start: () => standOf(),
});

type Given = Awaited<ReturnType<typeof givenEloqua>>;

const pathsOf = ({ vendor }: Pick<Given, 'vendor'>) =>
  vendor
    .calls()
    .map(({ method, path }) => `${method} ${path.replace(/^\/p0\d\/api\/bulk\/2\.0/, '').replace(/\d+/, 'n')}`);
const countOf = (given: Pick<Given, 'vendor'>, path: string) => pathsOf(given).filter((one) => one === path).length;
const valuesOf = ({ vendor }: Pick<Given, 'vendor'>, email: string) =>
  vendor.contacts().find(({ values }) => values.C_EmailAddress === email)?.values;

describe('an import to Eloqua', () => {
  test('is one definition, one upload and one sync, whose end is waited for less and less often', async () => {
    const given = await givenEloqua({ syncMs: 30_000 });
    const paused: number[] = [];
    given.bench.elapse = (ms) => void paused.push(ms);
    expect(kindsOf(await eloqua.push([of('a@example.test'), of('b@example.test')], given.session))).toEqual([
      'cleared',
      'cleared',
    ]);
    expect(pathsOf(given).slice(0, 3)).toEqual([
      'POST /contacts/imports',
      'POST /contacts/imports/n/data',
      'POST /syncs',
    ]);
    expect(new Set(pathsOf(given).slice(3))).toEqual(new Set(['GET /syncs/n']));
    expect(paused[0]).toBe(250);
    expect(paused).toEqual(paused.toSorted((a, b) => a - b));
    expect(paused.length).toBeLessThan(15);
    expect(Math.max(...paused)).toBe(10_000);
  });

  test('counts once against the imports of an hour; nothing else of it waits for a slot', async () => {
    const { bench, session } = await givenEloqua();
    const counted: string[] = [];
    const http: typeof bench.http = {
      ...bench.http,
      request: (request) => {
        if (!request.uncounted) counted.push(new URL(request.url).pathname);
        return bench.http.request(request);
      },
    };
    await eloqua.push([of('a@example.test')], { ...session, http });
    expect(counted).toEqual([expect.stringMatching(/\/syncs$/)]);
  });

  test('uses the definition again whose fields are the same', async () => {
    const given = await givenEloqua();
    await eloqua.push([of('a@example.test')], given.session);
    await eloqua.push([of('b@example.test')], given.session);
    await eloqua.push([of('c@example.test', { C_Title: 'Countess' })], given.session);
    expect(given.vendor.definitions().map((definition) => definition.fields)).toEqual([
      ['C_EmailAddress', 'C_FirstName'],
      ['C_EmailAddress', 'C_FirstName', 'C_Title'],
    ]);
  });

  test('makes a definition anew that Eloqua does not have any more', async () => {
    const given = await givenEloqua();
    await Promise.all(['a', 'b'].map((name) => eloqua.push([of(`${name}@example.test`)], given.session)));
    given.vendor.forgetDefinitions();
    expect(kindsOf(await eloqua.push([of('c@example.test')], given.session))).toEqual(['cleared']);
    expect(given.vendor.contacts()).toHaveLength(3);
    expect(given.vendor.definitions()).toHaveLength(1);
  });

  test('shares no definition with another at the same time: each sync has the rows of its own push', async () => {
    const given = await givenEloqua();
    await eloqua.push([of('known@example.test')], given.session); // a definition is there
    const pushes = ['a', 'b', 'c'].map((name) => eloqua.push([of(`${name}@example.test`)], given.session));
    expect((await Promise.all(pushes)).map(kindsOf)).toEqual([['cleared'], ['cleared'], ['cleared']]);
    expect(given.vendor.definitions()).toHaveLength(3);
  });

  test('leaves alone what a record has no value for, though others of the import have one', async () => {
    const given = await givenEloqua();
    const phone = { C_BusPhone: '+49 1' };
    await eloqua.push([of('a@example.test', phone)], given.session);
    await eloqua.push([of('a@example.test'), of('b@example.test', { C_BusPhone: '+49 2' })], given.session);
    expect(valuesOf(given, 'a@example.test')).toMatchObject(phone);
    expect(valuesOf(given, 'b@example.test')).toMatchObject({ C_BusPhone: '+49 2' });
  });

  test('of more than a hundred fields takes several definitions, and a record is cleared when all of it is there', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `C_Custom${index}`);
    const given = await givenEloqua();
    for (const [index, name] of many.entries()) {
      given.vendor.setField(name, { ...plainField, internalName: name, id: String(200_000 + index) });
    }
    const wide = of('wide@example.test', Object.fromEntries(many.map((name) => [name, 'x'])));
    expect(kindsOf(await eloqua.push([wide, of('a@example.test')], given.session))).toEqual(['cleared', 'cleared']);
    expect(Object.keys(valuesOf(given, 'wide@example.test') ?? {})).toHaveLength(152);
    expect(given.vendor.definitions().map((definition) => definition.fields.length)).toEqual([100, 53]);
  });

  test('of more than 32 MB is not tried: the engine divides it', async () => {
    const given = await givenEloqua();
    const heavy = ['a', 'b'].map((name) => of(`${name}@example.test`, { C_Badge1: 'x'.repeat(17_000_000) }));
    expect(await eloqua.push(heavy, given.session)).toMatchObject({ kind: 'refused' });
    expect(given.vendor.calls()).toEqual([]);
  });

  test('that Eloqua answers 404 also to a new definition is divided, and one record alone fails', async () => {
    const given = await givenEloqua({ dataBytesMax: 100 });
    const large = of('a@example.test', { C_Badge1: 'x'.repeat(200) });
    expect(await eloqua.push([large, of('b@example.test')], given.session)).toMatchObject({ kind: 'refused' });
    expect(await eloqua.push([large], given.session)).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'DATA_VALUE_VALIDATION', vendorCode: '404' } }],
    });
    expect(kindsOf(await eloqua.push([of('b@example.test')], given.session))).toEqual(['cleared']);
  });
});

const plainField = {
  id: '200000',
  name: 'Custom',
  internalName: 'C_Custom',
  dataType: 'string',
  hasReadOnlyConstraint: false,
  hasNotNullConstraint: false,
  hasUniquenessConstraint: false,
  restName: null,
  optionListId: null,
  displayType: 'text',
} as const;

describe('what is to be written only where Eloqua has nothing', () => {
  const blankOnly = { writeIfBlank: ['C_BusPhone'] };

  test('goes by an import of its own, after what overwrites', async () => {
    const given = await givenEloqua();
    const record = of('a@example.test', { C_BusPhone: '+49 1' }, blankOnly);
    expect(kindsOf(await eloqua.push([record, of('b@example.test')], given.session))).toEqual(['cleared', 'cleared']);
    expect(given.vendor.definitions()).toMatchObject([
      { fields: ['C_EmailAddress', 'C_FirstName'], updateRule: 'ifNewIsNotNull' },
      { fields: ['C_EmailAddress', 'C_BusPhone'], updateRule: 'ifExistingIsNull' },
    ]);
    expect(given.vendor.received('a@example.test')).toEqual(eloqua.payload(record, null, given.credentials));
    expect(given.vendor.received('b@example.test')).toHaveLength(1);
    expect(valuesOf(given, 'a@example.test')).toMatchObject({ C_FirstName: 'a', C_BusPhone: '+49 1' });
  });

  test('is not written where somebody fills the field while the push is under way', async () => {
    const given = await givenEloqua();
    await eloqua.push([of('a@example.test')], given.session);
    let pauses = 0;
    given.bench.elapse = () => {
      const contact = given.vendor.contacts()[0];
      if (contact && ++pauses === 1) contact.values.C_BusPhone = '+1 theirs';
    };
    const record = of('a@example.test', { C_FirstName: 'Ada', C_BusPhone: '+49 ours' }, blankOnly);
    expect(kindsOf(await eloqua.push([record], given.session))).toEqual(['cleared']);
    expect(valuesOf(given, 'a@example.test')).toMatchObject({ C_FirstName: 'Ada', C_BusPhone: '+1 theirs' });
  });

  test('and meets a throttle: others keep what became of them, these come again as if they had not been pushed', async () => {
    const given = await givenEloqua();
    const records = [of('a@example.test'), of('b@example.test', { C_BusPhone: '+49 1' }, blankOnly)];
    await eloqua.push([of('warm@example.test')], given.session);
    given.vendor.fault({ kind: 'status', status: 429, path: '/contacts/imports', email: 'b@example.test', times: 1 });
    const first = await eloqua.push([of('b@example.test', { C_BusPhone: '+49 1' }, blankOnly)], given.session);
    expect(first).toMatchObject({ kind: 'throttled', retryAfterMs: 60_000 });
    const cutSecond = given.bench.session(given.credentials, {
      http: failing(given, (path, nth) => path.endsWith('/data') && nth === 2),
    });
    const answer = await eloqua.push(records, cutSecond);
    expect(answer).toMatchObject({
      outcomes: [{ kind: 'cleared' }, { kind: 'interrupted' }],
      interruption: { kind: 'throttled' },
    });
    expect(kindsOf(await eloqua.push(records, given.session))).toEqual(['cleared', 'cleared']);
    expect(valuesOf(given, 'b@example.test')).toMatchObject({ C_BusPhone: '+49 1' });
    expect(given.vendor.contacts()).toHaveLength(3);
  });
});

/** Answers 429 to the n-th request, counted from 1, of those whose path fits. */
function failing({ bench }: Given, fits: (path: string, nth: number) => boolean): Given['bench']['http'] {
  const counts = new Map<string, number>();
  return {
    ...bench.http,
    async request(request) {
      const kind = /\/(\w+)$/.exec(new URL(request.url).pathname)?.[1] ?? '';
      const nth = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, nth);
      if (!fits(new URL(request.url).pathname, nth)) return bench.http.request(request);
      return { kind: 'response', status: 429, headers: {}, text: 'Too Many Requests' };
    },
  };
}

describe('an answer that is lost', () => {
  test.for([
    ['of a definition', '/contacts/imports'],
    ['of an upload', dataPath],
    ['of the start of a sync', '/syncs'],
  ] as const)('%s leaves no duplicate and no rejected repetition', async ([, path]) => {
    const given = await givenEloqua();
    await eloqua.push([of('known@example.test')], given.session); // a definition is there
    const isDefinition = path === '/contacts/imports'; // which takes other fields, to be made
    const batch = [of('a@example.test'), of('b@example.test', isDefinition ? { C_Title: 'Countess' } : {})];
    given.vendor.fault({ kind: 'hang', path, afterWrite: true });
    const pushing = eloqua.push(batch, given.session);
    await given.vendor.untilHanging();
    given.bench.timeOut();
    expect(await pushing).toMatchObject({ kind: 'unavailable', error: { category: 'TIMEOUT' } });
    for (let round = 0; round < 2; round++) {
      expect(kindsOf(await eloqua.push(batch, given.session))).toEqual(['cleared', 'cleared']);
    }
    expect(given.vendor.contacts()).toHaveLength(3);
    const staged = given.vendor.calls().filter((call) => call.path.endsWith(dataPath));
    expect(staged.every(({ body }) => (body as unknown[]).length <= 2)).toBe(true);
  });

  test.for([
    ['503', { kind: 'status', status: 503 }],
    ['a reset', { kind: 'reset' }],
    ['429', { kind: 'status', status: 429 }],
  ] as const)('of a look at the sync, by %s, is asked for again; nothing is imported twice', async ([, fault]) => {
    const given = await givenEloqua();
    given.vendor.fault({ ...fault, path: '/syncs/' });
    expect(kindsOf(await eloqua.push([of('a@example.test')], given.session))).toEqual(['cleared']);
    expect(countOf(given, 'POST /syncs')).toBe(1);
  });

  test('of every look at the sync ends the push; nobody is to blame', async () => {
    const given = await givenEloqua();
    given.vendor.fault({ kind: 'status', status: 429, path: '/syncs/', times: null });
    const answer: PushAnswer = await eloqua.push([of('a@example.test')], given.session);
    expect(answer).toMatchObject({ kind: 'throttled', retryAfterMs: 60_000 });
    given.vendor.clearFaults();
    expect(kindsOf(await eloqua.push([of('a@example.test')], given.session))).toEqual(['cleared']);
    expect(given.vendor.contacts()).toHaveLength(1);
  });

  test('as a sync takes more than five minutes is a TIMEOUT, and a repetition converges', async () => {
    const given = await givenEloqua({ syncMs: 6 * 60_000 });
    expect(await eloqua.push([of('a@example.test')], given.session)).toMatchObject({
      kind: 'unavailable',
      whole: true,
      error: { category: 'TIMEOUT' },
    });
    given.bench.now += 10 * 60_000;
    await eloqua.push([of('a@example.test')], given.session);
    given.bench.now += 10 * 60_000;
    expect(given.vendor.contacts()).toHaveLength(1);
  });
});
