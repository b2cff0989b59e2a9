import { describe, expect, test } from 'vitest';
import type { PipedriveOptions } from '../../simulators/pipedrive/start-pipedrive.ts';
import type { PushRecord, PushSession } from '../../src/sync/connectors/connector.ts';
import type { PipedriveCredentials } from '../../src/sync/connectors/pipedrive/credentials.ts';
import { pipedrive } from '../../src/sync/connectors/pipedrive/pipedrive.ts';
import { givenPipedrive, kindsOf, personOf } from './pipedrive-stand.ts';

const ada = 'ada@example.test';
/** A search that learns of nothing before it is told to. */
const lagging: PipedriveOptions = { indexLagMs: Number.POSITIVE_INFINITY };
/** As a Pipedrive whose list of persons may not be read. */
const withoutList = { missing: [{ method: 'GET', path: /\/persons$/ }] };

/** The engine's part: it notes creates before they are sent, and tells them to every later push of the person. */
async function given(options: PipedriveOptions = {}) {
  const { bench, vendor, credentials } = await givenPipedrive({ ...lagging, ...options });
  let sentAt: number | null = null;
  const notes = {
    creating: async () => {
      sentAt = bench.now;
      return true;
    },
  };
  /** A process that has just begun, so that it remembers nothing. */
  const process = (overrides: Partial<PushSession<PipedriveCredentials>> = {}) =>
    bench.session(credentials, { ...notes, ...overrides });
  const told = (record: PushRecord): PushRecord =>
    sentAt === null ? record : { ...record, earlierCreate: { agoMs: bench.now - sentAt, remoteId: null } };
  const pass = (ms: number) => {
    bench.now += ms;
  };
  const posts = () =>
    vendor.calls().filter(({ method, path }) => method === 'POST' && path === '/api/v2/persons').length;
  return { bench, vendor, credentials, process, told, pass, posts };
}

/** Every way in which the answer to a write gets lost after Pipedrive has done it. */
const losses = ['hang', 'reset', 'oversize', 'html', 500, 502, 503, 504, 408] as const;

async function lose(
  loss: (typeof losses)[number],
  method: 'POST' | 'PATCH',
  { bench, vendor, process }: Awaited<ReturnType<typeof given>>,
  record: PushRecord,
) {
  const where = { method, afterWrite: true };
  vendor.fault(typeof loss === 'number' ? { kind: 'status', status: loss, ...where } : { kind: loss, ...where });
  const pushing = pipedrive.push([record], process());
  if (loss === 'hang') {
    await vendor.untilHanging();
    bench.timeOut();
  }
  return pushing;
}

describe('a create whose answer is lost, while the search does not know of the person yet', () => {
  test.for(losses)('by %s: the next process finds the person in the list, and updates it', async (loss) => {
    const world = await given();
    expect(await lose(loss, 'POST', world, personOf(ada))).toMatchObject({ kind: 'unavailable' });
    world.pass(5_000);
    expect(await pipedrive.push([world.told(personOf(ada))], world.process())).toEqual({
      kind: 'answered',
      outcomes: [{ kind: 'cleared', remoteId: '1' }],
    });
    expect(world.vendor.persons()).toHaveLength(1);
    expect(world.posts()).toBe(1);
  });

  test('where persons are not listed: it waits until the search knows, and looks again on the way', async () => {
    const world = await given(withoutList);
    await lose('reset', 'POST', world, personOf(ada));
    for (const [afterMs, retryAfterMs] of [
      [5_000, 30_000],
      [30_000, 25_000],
    ] as const) {
      world.pass(afterMs);
      expect(await pipedrive.push([world.told(personOf(ada))], world.process())).toMatchObject({
        outcomes: [{ kind: 'postponed', retryAfterMs, error: { category: 'TIMEOUT' } }],
      });
    }
    world.vendor.catchUp();
    world.pass(25_000);
    expect(kindsOf(await pipedrive.push([world.told(personOf(ada))], world.process()))).toEqual(['cleared']);
    expect(world.vendor.persons()).toHaveLength(1);
    expect(world.posts()).toBe(1);
  });

  test('remembers it by itself where nobody notes creates', async () => {
    const { vendor, session, bench } = await givenPipedrive(lagging);
    vendor.fault({ kind: 'reset', method: 'POST', afterWrite: true });
    await pipedrive.push([personOf(ada)], session);
    bench.now += 5_000;
    expect(kindsOf(await pipedrive.push([personOf(ada)], session))).toEqual(['cleared']);
    expect(vendor.persons()).toHaveLength(1);
  });

  test('is found by another lead of the same person, too', async () => {
    const world = await given();
    await lose('reset', 'POST', world, personOf(ada));
    world.pass(5_000);
    const other = world.told(personOf('ADA@example.test', {}, { itemId: 'another-item' }));
    expect(kindsOf(await pipedrive.push([other], world.process()))).toEqual(['cleared']);
    expect(world.vendor.persons()).toHaveLength(1);
  });

  test('is found on a later page of the list', async () => {
    const world = await given();
    await lose('reset', 'POST', world, personOf(ada));
    for (let other = 0; other < 600; other++) world.vendor.enter({ name: `Person ${other}` });
    world.pass(5_000);
    expect(kindsOf(await pipedrive.push([world.told(personOf(ada))], world.process()))).toEqual(['cleared']);
    expect(world.posts()).toBe(1);
  });
});

describe('a create whose request is lost', () => {
  test('is sent again once the list shows that nothing came of it', async () => {
    const world = await given();
    world.vendor.fault({ kind: 'reset', method: 'POST' });
    await pipedrive.push([personOf(ada)], world.process());
    world.pass(1_000);
    expect(await pipedrive.push([world.told(personOf(ada))], world.process())).toMatchObject({
      outcomes: [{ kind: 'postponed', retryAfterMs: 3_000 }], // it may be at work on it yet
    });
    world.pass(3_000);
    expect(kindsOf(await pipedrive.push([world.told(personOf(ada))], world.process()))).toEqual(['cleared']);
    expect(world.vendor.persons()).toHaveLength(1);
  });

  test('is sent again after a minute where persons are not listed', async () => {
    const world = await given(withoutList);
    world.vendor.fault({ kind: 'reset', method: 'POST' });
    await pipedrive.push([personOf(ada)], world.process());
    world.pass(60_000);
    expect(kindsOf(await pipedrive.push([world.told(personOf(ada))], world.process()))).toEqual(['cleared']);
    expect(world.vendor.persons()).toHaveLength(1);
  });
});

test.for(losses)('an update whose answer is lost by %s is done again, and nobody is created', async (loss) => {
  const world = await given();
  world.vendor.enter({ name: 'Ada', emails: [{ value: ada, primary: true, label: 'work' }] });
  const known = personOf(ada, {}, { remoteId: '1' });
  expect(await lose(loss, 'PATCH', world, known)).toMatchObject({ kind: 'unavailable' });
  expect(kindsOf(await pipedrive.push([known], world.process()))).toEqual(['cleared']);
  expect(world.vendor.persons()).toHaveLength(1);
  expect(world.posts()).toBe(0);
});

test('a second lead of a person that was created a moment ago updates it, though the search does not know it', async () => {
  const { vendor, session } = await givenPipedrive(lagging);
  await pipedrive.push([personOf(ada)], session);
  const second = personOf(ada, { phones: '+49 30 1' }, { itemId: 'second' });
  expect(await pipedrive.push([second], session)).toMatchObject({ outcomes: [{ kind: 'cleared', remoteId: '1' }] });
  expect(vendor.persons()).toHaveLength(1);
});

test('and so it does in another process, which the engine told the id', async () => {
  const world = await given();
  await pipedrive.push([personOf(ada)], world.process());
  const second = personOf(ada, {}, { earlierCreate: { agoMs: 20_000, remoteId: '1' } });
  expect(kindsOf(await pipedrive.push([second], world.process()))).toEqual(['cleared']);
  expect(world.vendor.persons()).toHaveLength(1);
  expect(world.posts()).toBe(1);
});

test('a create that can not be noted is not sent', async () => {
  const world = await given();
  const session = world.process({ creating: async () => false });
  expect(await pipedrive.push([personOf(ada)], session)).toEqual({ kind: 'unsent' });
  expect(world.posts()).toBe(0);
});

test('a create that Pipedrive refused or throttled needs no looking for: the next push sends it', async () => {
  const { vendor, session } = await givenPipedrive(lagging);
  for (const status of [429, 400]) {
    vendor.fault({ kind: 'status', status, method: 'POST' });
    await pipedrive.push([personOf(ada)], session);
  }
  expect(kindsOf(await pipedrive.push([personOf(ada)], session))).toEqual(['cleared']);
  expect(vendor.calls().filter(({ method, path }) => method === 'GET' && path === '/api/v2/persons')).toEqual([]);
  expect(vendor.persons()).toHaveLength(1);
});

test('a create that is answered without an id may have been done, and is looked for', async () => {
  const world = await given();
  world.vendor.fault({
    kind: 'status',
    status: 200,
    body: '{"success":true,"data":{}}',
    method: 'POST',
    afterWrite: true,
  });
  expect(await pipedrive.push([personOf(ada)], world.process())).toMatchObject({ kind: 'unavailable' });
  world.pass(5_000);
  expect(kindsOf(await pipedrive.push([world.told(personOf(ada))], world.process()))).toEqual(['cleared']);
  expect(world.vendor.persons()).toHaveLength(1);
});
