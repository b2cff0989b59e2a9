import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { recoverAllClaims } from '../../src/db/statements/claim.ts';
import { gates } from '../../src/db/tables/index.ts';
import { statusOf } from '../../src/domain/gate.ts';
import { nextState, type SyncEvent, type SyncState, syncStates } from '../../src/domain/lifecycle.ts';
import { createDatabase } from '../support/database.ts';
import { createServices } from '../support/factory.ts';
import { OneItem } from '../support/one-item.ts';

// The statements move many items at once and guard on the old state themselves; here they are held against the table.

const database = (await createDatabase()).open();
const services = await createServices(database);
const { db } = database;

/** Brings a waiting item into a state, by way of a claim wherever there is one: so every state has an old claim that can answer late. */
const bring: Record<SyncState, (item: OneItem) => Promise<void>> = {
  PENDING: async (item) => {
    await item.claim();
    await item.settle('PENDING');
  },
  SYNCING: (item) => item.claim(),
  FAILED: async (item) => {
    await item.claim();
    await item.settle('FAILED');
  },
  CLEARED: async (item) => {
    await item.claim();
    await item.settle('CLEARED');
  },
  WITHDRAWN: async (item) => {
    await bring.PENDING(item);
    await item.withdraw();
  },
};

async function given(state: SyncState): Promise<OneItem> {
  const item = await OneItem.create(services);
  await bring[state](item);
  expect(await item.read()).toMatchObject({ state });
  return item;
}

/** Runs the statement and holds what it did against the state it should lead to; null: it should leave the item alone. */
async function check(item: OneItem, to: SyncState | null, statement: () => Promise<unknown>): Promise<void> {
  const [before, logged] = [await item.read(), await item.log()];
  await statement();
  const [after, added] = [await item.read(), (await item.log()).slice(logged.length)];
  if (to === null) {
    expect(after).toEqual(before);
    expect(added).toEqual([]);
    return;
  }
  const gate = await item.gate();
  expect(after).toMatchObject({ state: to, version: before.version + 1 });
  expect(added).toHaveLength(1);
  expect(added[0]).toMatchObject({
    itemVersion: after.version,
    fromStatus: statusOf(before, gate),
    toStatus: statusOf(after, gate),
    cause: after.cause,
  });
}

interface Statement {
  name: string;
  event: SyncEvent;
  run: (item: OneItem) => Promise<unknown>;
}

const statements: Statement[] = [
  { name: 'claim', event: 'claim', run: (item) => item.claim(services.newId()) },
  { name: 'settle as CLEARED', event: 'clear', run: (item) => item.settle('CLEARED') },
  { name: 'settle as FAILED', event: 'fail', run: (item) => item.settle('FAILED') },
  { name: 'settle as PENDING', event: 'postpone', run: (item) => item.settle('PENDING') },
  { name: 'settle as refused locally', event: 'refuse', run: (item) => item.settle('FAILED', 'REFUSED_LOCALLY') },
  { name: 'settle as never sent', event: 'recover', run: (item) => item.settle('PENDING', 'RECOVERED') },
  { name: 'recover what has expired', event: 'recover', run: (item) => item.recoverExpired() },
  { name: 'recover all', event: 'recover', run: () => recoverAllClaims(db) },
  { name: 'edit', event: 'edit', run: (item) => item.edit() },
  { name: 'release', event: 'retry', run: (item) => item.release() },
  { name: 'withdraw', event: 'withdraw', run: (item) => item.withdraw() },
  { name: 'erase', event: 'erase', run: (item) => item.erase() },
  { name: 'restore', event: 'restore', run: (item) => item.restore() },
];

const pairs = statements.flatMap((statement) => syncStates.map((state) => ({ ...statement, state })));

test.for(pairs)('$name of $state leads where the table says, and is logged once', async ({ state, event, run }) => {
  const item = await given(state);
  await check(item, nextState(state, event), () => run(item));
});

describe('canceling a retry', () => {
  test('puts back to FAILED, with its error, what it took from there', async () => {
    const item = await given('FAILED');
    const { error: before } = await item.read();
    const retryId = await item.release();
    await check(item, nextState('PENDING', 'unretry'), () => item.unrelease(retryId));
    expect(await item.read()).toMatchObject({ error: before, retryId: null, releaseEpoch: null });
  });

  test('lets what waited before wait on, released by nobody', async () => {
    const item = await given('PENDING');
    const retryId = await item.release();
    await check(item, 'PENDING', () => item.unrelease(retryId));
    expect(await item.read()).toMatchObject({ retryId: null, releaseEpoch: null });
  });

  test('is no move of what is in flight, which goes back to FAILED unless it is answered for good', async () => {
    const item = await given('FAILED');
    const retryId = await item.release();
    await item.claim();
    const logged = await item.log();
    await item.unrelease(retryId);
    expect(await item.read()).toMatchObject({ state: 'SYNCING' });
    expect(await item.log()).toEqual(logged);
    expect(nextState('SYNCING', 'unretry')).toBeNull();
    await check(item, nextState('PENDING', 'unretry'), () => item.settle('PENDING'));
  });

  test.for(['CLEARED', 'FAILED'] as const)('leaves alone what was answered already: %s', async (state) => {
    const item = await given('FAILED');
    const retryId = await item.release();
    await bring[state](item);
    expect(await item.read()).toMatchObject({ state });
    await check(item, nextState(state, 'unretry'), () => item.unrelease(retryId));
  });
});

describe('restoring', () => {
  test('puts back to FAILED, with its error, what failed before', async () => {
    const item = await given('FAILED');
    const before = await item.read();
    await item.withdraw();
    await check(item, nextState('WITHDRAWN', 'restoreFailed'), () => item.restore());
    const { error: restored, failedAt } = await item.read();
    expect({ restored, failedAt }).toEqual({ restored: before.error, failedAt: before.failedAt });
  });

  test('puts back to CLEARED what the vendor has as it is now', async () => {
    const item = await given('CLEARED');
    await item.withdraw();
    await check(item, nextState('WITHDRAWN', 'restoreCleared'), () => item.restore());
  });

  test('sends again what the vendor has as it was before an edit', async () => {
    const item = await given('CLEARED');
    await item.withdraw();
    await check(item, nextState('WITHDRAWN', 'edit'), () => item.edit());
    await check(item, nextState('WITHDRAWN', 'restore'), () => item.restore());
    expect(await item.read()).toMatchObject({ releaseEpoch: null, beforeWithdrawal: null });
  });

  test('puts back to before the retry what a retry had taken from FAILED', async () => {
    const item = await given('FAILED');
    const { error: before } = await item.read();
    await item.release();
    await item.withdraw();
    expect(await item.read()).toMatchObject({ retryId: null, releaseEpoch: null });
    await check(item, nextState('WITHDRAWN', 'restoreFailed'), () => item.restore());
    expect(await item.read()).toMatchObject({ error: before, retryId: null, releaseEpoch: null });
  });
});

describe('after an erasure in flight', () => {
  const answers = statements.filter(({ event }) => ['clear', 'fail', 'postpone', 'refuse', 'recover'].includes(event));
  test.for(answers)('$name keeps what the vendor has and withdraws the rest', async ({ event, run }) => {
    const item = await given('SYNCING');
    await item.erase();
    await check(item, nextState('SYNCING', event === 'clear' ? 'clear' : 'discard'), () => run(item));
    expect(await item.read()).toMatchObject({ error: null, failedValue: null, matchKey: null, retryId: null });
  });

  test('a canceled retry takes nothing of it back to FAILED', async () => {
    const item = await given('FAILED');
    const retryId = await item.release();
    await item.claim();
    await item.erase();
    await item.unrelease(retryId);
    await check(item, nextState('SYNCING', 'discard'), () => item.settle('PENDING'));
  });
});

test.for(syncStates)('what was %s is restored by nothing once the person is erased', async (state) => {
  const item = await given(state);
  await item.erase();
  await check(item, null, () => item.restore());
});

test('an answer for a lead that was edited in flight clears it and lets the edit send it again, in one move', async () => {
  const item = await given('SYNCING');
  await item.edit();
  await check(item, nextState('CLEARED', 'edit'), () => item.settle('CLEARED'));
});

test.for(['CLEARED', 'FAILED', 'PENDING'] as const)(
  'a late answer of an owner that was given up changes nothing of the claim after it: %s',
  async (outcome) => {
    const item = await given('SYNCING');
    await recoverAllClaims(db);
    await item.claim(services.newId());
    expect(await item.read()).toMatchObject({ state: 'SYNCING' });
    await check(item, null, () => item.settle(outcome));
  },
);

test('an item that another running retry has released is left to it', async () => {
  const item = await given('FAILED');
  await item.release();
  await check(item, null, () => item.release());
});

test.for(['DISCONNECTED', 'NEEDS_AUTHORIZATION'] as const)(
  'a claim under a gate that is %s moves nothing',
  async (connection) => {
    const item = await given('PENDING');
    await db.update(gates).set({ connection }).where(eq(gates.integrationId, item.integrationId));
    await check(item, null, () => item.claim());
  },
);

test('a claim under a Manual gate takes what is released and nothing else', async () => {
  const item = await given('PENDING');
  await db.update(gates).set({ mode: 'MANUAL' }).where(eq(gates.integrationId, item.integrationId));
  await check(item, null, () => item.claim());
  await item.release();
  await check(item, nextState('PENDING', 'claim'), () => item.claim());
});
