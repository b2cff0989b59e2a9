import { describe, expect, test } from 'vitest';
import { ValidationError } from '../../src/domain/errors.ts';
import type { Ramp } from '../../src/domain/ramp.ts';
import { cancelRetry } from '../../src/sync/cancel-retry.ts';
import { marketo as connector } from '../../src/sync/connectors/marketo/marketo.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import type { RetryRow } from '../../src/sync/live/feed.ts';
import { rampToAutomatic } from '../../src/sync/ramp-to-automatic.ts';
import { retry, retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { leadOf } from '../support/tenant.ts';

Object.assign(connector.limits, { rate: null }); // the pace of calls has tests of its own, and would only stretch this one

const world = await startWorld();
const { services } = world;
const byDefault: Ramp = { steps: [1, 10, 100], stopAbove: 0.5 };

/** A Manual integration with `count` frozen leads. */
async function given(count: number) {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo({ rateMax: null });
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const eventId = await tenant.createEvent();
  for (let left = count; left > 0; left -= 1_000) await tenant.capture(eventId, Math.min(left, 1_000));
  const push = (ramp: Ramp = byDefault) =>
    retry(services, tenant.operator, { integrationId, select: { filter: {} }, ramp });
  const flush = (ramp: Ramp = byDefault, reason: string | null = null) =>
    rampToAutomatic(services, tenant.operator, { integrationId, ramp, reason });
  const mode = async () => (await tenant.snapshot(integrationId)).gate.mode;
  const untilMode = (wanted: string) => tenant.untilIntegration(integrationId, (view) => view.gate.mode === wanted);
  const client = new SchemaClient(services, tenant.operator, world.feed);
  return { tenant, integrationId, marketo, eventId, push, flush, mode, untilMode, client };
}

const refuseAll = { kind: 'record', code: '1007', times: null } as const;
const refusedWith = (refused: Promise<unknown>) => refused.then(() => null).catch((error: unknown) => error);

describe('a ramp', () => {
  test('over 10,000 leads that the vendor refuses: 11 fail, and nothing of the other 9,989 has moved', {
    timeout: 60_000,
  }, async () => {
    const { tenant, integrationId, marketo, push } = await given(10_000);
    marketo.fault(refuseAll);
    const before = await tenant.items(integrationId);
    const { position } = await tenant.snapshot(integrationId);
    const retryId = await push();
    expect(await tenant.untilRetry(retryId)).toMatchObject({
      status: 'STOPPED',
      total: 10_000,
      cleared: 0,
      failed: 11,
      step: 2,
    });
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 11, frozen: 9_989, queued: 0, syncing: 0 });
    const moved = new Set((await tenant.log(integrationId)).slice(position).map((row) => row.itemId));
    expect(moved.size).toBe(11);
    const after = await tenant.items(integrationId);
    expect(after.filter(({ id }) => !moved.has(id))).toEqual(before.filter(({ id }) => !moved.has(id)));
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  });

  test('of FAILED leads leaves those it did not push FAILED, with their error', async () => {
    const { tenant, integrationId, marketo, eventId, push } = await given(30);
    marketo.fault(refuseAll);
    await tenant.untilRetry(await retryEvent(services, tenant.operator, { integrationId, eventId }));
    marketo.clearFaults();
    marketo.fault({ ...refuseAll, code: '1008' });
    expect(await tenant.untilRetry(await push())).toMatchObject({ status: 'STOPPED', failed: 11 });
    const categories = (await tenant.items(integrationId)).map(({ error }) => error?.category);
    expect(categories.filter((category) => category === 'DUPLICATE')).toHaveLength(19);
    expect(categories.filter((category) => category === 'CONNECTION_PERMISSION')).toHaveLength(11);
  });

  test('goes on with the next step only when every lead of the step has its outcome, and after the last with the rest', async () => {
    const { tenant, integrationId, marketo, push } = await given(40);
    const resume = marketo.pause();
    const retryId = await push({ steps: [2, 3], stopAbove: 0.5 });
    await tenant.until(integrationId, { syncing: 2, frozen: 38 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', total: 40, step: 1 });
    resume();
    const seen: RetryRow[] = [];
    for await (const row of world.feed.retry({ orgId: tenant.orgId, retryId }, AbortSignal.timeout(20_000)))
      seen.push(row);
    expect(seen.at(-1)).toMatchObject({ status: 'COMPLETED', total: 40, cleared: 40, step: 3 });
    const log = await tenant.log(integrationId);
    const places = (to: string) => log.flatMap((row, place) => (row.toStatus === to ? [place] : []));
    const released = places('QUEUED');
    const cleared = places('CLEARED');
    expect(released[2]).toBeGreaterThan(cleared[1] ?? Number.NaN);
    expect(released[5]).toBeGreaterThan(cleared[4] ?? Number.NaN);
  });

  test('stops only after a step of 10 or more, of which more than the share failed', async () => {
    const { tenant, marketo, integrationId, push } = await given(60);
    const first = (count: number) =>
      Array.from({ length: count }, (_, index) => String(leadOf(index).email)).forEach((email) => {
        marketo.fault({ kind: 'record', code: '1007', email, times: null });
      });
    first(14); // 9 of 9, then 5 of 10: neither stops
    expect(await tenant.untilRetry(await push({ steps: [9, 10], stopAbove: 0.5 }))).toMatchObject({
      status: 'COMPLETED',
      failed: 14,
      cleared: 46,
    });
    const select = { filter: { group: 'FAILED' as const } };
    const again = await retry(services, tenant.operator, {
      integrationId,
      select,
      ramp: { steps: [10], stopAbove: 0.9 },
    });
    expect(await tenant.untilRetry(again)).toMatchObject({ status: 'STOPPED', failed: 10, total: 14 });
  });

  test('that is canceled puts back what waits, and leaves what it had not released', async () => {
    const { tenant, integrationId, marketo, push } = await given(30);
    const resume = marketo.pause();
    const retryId = await push({ steps: [4], stopAbove: 1 });
    await tenant.until(integrationId, { syncing: 4 });
    const { position } = await tenant.snapshot(integrationId);
    await cancelRetry(services, tenant.operator, retryId);
    resume();
    await tenant.until(integrationId, { cleared: 4, frozen: 26 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED', cleared: 4 });
    expect((await tenant.log(integrationId)).slice(position).every(({ toStatus }) => toStatus === 'CLEARED')).toBe(
      true,
    );
    expect(await tenant.untilRetry(await push())).toMatchObject({ status: 'COMPLETED', total: 26, cleared: 26 });
  });

  test('is suspended by Disable between two steps, and goes on after Enable', async () => {
    const { tenant, integrationId, marketo, push } = await given(30);
    const resume = marketo.pause();
    const retryId = await push({ steps: [2, 3], stopAbove: 1 });
    await tenant.until(integrationId, { syncing: 2 });
    await disable(services, tenant.operator, { integrationId });
    resume();
    await tenant.until(integrationId, { cleared: 2, frozen: 28 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', cleared: 2, total: 30 });
    await enable(services, tenant.operator, { integrationId });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', cleared: 30 });
  });

  test('and a retry of the same leads, by two people at once, send no lead twice', async () => {
    const { tenant, integrationId, marketo, push } = await given(60);
    const everything = () => retry(services, tenant.operator, { integrationId, select: { filter: {} } });
    const ids = await Promise.all([push(), everything(), push({ steps: [3], stopAbove: 1 }), everything()]);
    const ended = await Promise.all(ids.map((id) => tenant.untilRetry(id)));
    expect(ended.map(({ status }) => status)).toEqual(Array(4).fill('COMPLETED'));
    expect(ended.reduce((sum, { total }) => sum + total, 0)).toBe(60);
    const pushes = (await tenant.log(integrationId)).filter(({ toStatus }) => toStatus === 'SYNCING');
    expect(pushes).toHaveLength(60);
    expect(marketo.leads()).toHaveLength(60);
  });

  test('does not wait for a lead that is withdrawn meanwhile', async () => {
    const { tenant, integrationId, marketo, push } = await given(20);
    marketo.fault({ kind: 'oversize', path: '/rest/v1/leads.json', times: null }); // never answered: it waits for the next attempt
    const retryId = await push({ steps: [1, 2], stopAbove: 1 });
    const [waiting] = await tenant.untilItems(integrationId, (items) => items.some(({ error }) => error !== null));
    expect(waiting).toBeDefined();
    const items = await tenant.items(integrationId);
    const first = items.find(({ retryId: of }) => of === retryId);
    const last = items.at(-1);
    marketo.clearFaults();
    await withdrawItems(services, tenant.operator, {
      integrationId,
      select: { syncItemIds: [first?.id ?? '', last?.id ?? ''] },
    });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', total: 18, cleared: 18 });
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  });

  test('must have 1 to 20 steps of whole leads, and a share between 0 and 1', async () => {
    const { push, flush } = await given(0);
    const wrong: Ramp[] = [
      { steps: [], stopAbove: 0.5 },
      { steps: Array(21).fill(1), stopAbove: 0.5 },
      { steps: [1, 0], stopAbove: 0.5 },
      { steps: [1], stopAbove: 1.01 },
      { steps: [1], stopAbove: -0.1 },
      { steps: [1], stopAbove: Number.NaN },
    ];
    for (const ramp of wrong) {
      expect(await refusedWith(push(ramp))).toBeInstanceOf(ValidationError);
      expect(await refusedWith(flush(ramp))).toBeInstanceOf(ValidationError);
    }
    expect(await refusedWith(push({ steps: [1, 0], stopAbove: 0.5 }))).toMatchObject({
      fieldErrors: [{ path: 'ramp.steps.1' }],
    });
  });
});

describe('a ramp to Automatic', () => {
  test('keeps the mode Manual, and new leads frozen, until the last step has passed; then everything flows', async () => {
    const { tenant, integrationId, marketo, eventId, flush, mode, untilMode } = await given(30);
    const resume = marketo.pause();
    const { receipt, retryId } = await flush({ steps: [2, 3], stopAbove: 0.5 }, 'After the fair');
    expect(receipt).toMatchObject({ held: 30, released: 0 });
    await tenant.until(integrationId, { syncing: 2 });
    await tenant.capture(eventId, [leadOf(900)]);
    expect(await mode()).toBe('MANUAL');
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 29 });
    resume();
    await untilMode('AUTOMATIC');
    await tenant.until(integrationId, { cleared: 31, frozen: 0 });
    expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({ status: 'COMPLETED', total: 30, cleared: 30 });
    const [change] = (await tenant.history(integrationId)).slice(-1);
    expect(change).toMatchObject({
      kind: 'SYNC_MODE_CHANGED',
      by: 'Otto',
      reason: 'After the fair',
      after: { mode: 'AUTOMATIC' },
    });
    const step = (await tenant.log(integrationId)).filter((row) => row.position <= (change?.position ?? 0));
    expect(step.filter(({ toStatus }) => toStatus === 'CLEARED')).toHaveLength(5);
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  });

  test('that stops leaves the mode Manual and the rest frozen', async () => {
    const { tenant, integrationId, marketo, flush, mode } = await given(40);
    marketo.fault(refuseAll);
    const { retryId } = await flush();
    expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({ status: 'STOPPED', total: 40, failed: 11 });
    expect(await mode()).toBe('MANUAL');
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 11, frozen: 29 });
  });

  test('of fewer leads than its steps have opens when they have passed, of none at once', async () => {
    const { tenant, integrationId, eventId, flush, untilMode } = await given(0);
    const none = await flush();
    expect(await tenant.retry(none.retryId ?? '')).toMatchObject({ status: 'COMPLETED', total: 0 });
    await untilMode('AUTOMATIC');
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.capture(eventId, 5);
    expect(await tenant.untilRetry((await flush()).retryId ?? '')).toMatchObject({ status: 'COMPLETED', cleared: 5 });
    await untilMode('AUTOMATIC');
  });

  test('that is canceled, or ended by Enable in Manual, never opens the gate', async () => {
    const { tenant, integrationId, marketo, flush, mode } = await given(30);
    const resume = marketo.pause();
    const first = await flush({ steps: [2], stopAbove: 1 });
    await tenant.until(integrationId, { syncing: 2 });
    await cancelRetry(services, tenant.operator, first.retryId ?? '');
    const second = await flush({ steps: [2], stopAbove: 1 });
    await disable(services, tenant.operator, { integrationId });
    await enable(services, tenant.operator, { integrationId, mode: 'MANUAL' });
    expect(await tenant.retry(second.retryId ?? '')).toMatchObject({ status: 'CANCELED' });
    resume();
    await tenant.until(integrationId, { syncing: 0, queued: 0 });
    expect(await mode()).toBe('MANUAL');
  });

  test('asked for twice is one; beside another ramp it is refused; in Automatic there is none', async () => {
    const { tenant, integrationId, marketo, push, flush, untilMode } = await given(30);
    const resume = marketo.pause();
    const [first, second] = await Promise.all([flush(), flush()]);
    expect(second.retryId).toBe(first.retryId);
    expect((await tenant.retry(first.retryId ?? '')).total).toBe(30);
    resume();
    await tenant.untilRetry(first.retryId ?? '');
    await untilMode('AUTOMATIC');
    expect(await flush()).toMatchObject({ retryId: null });
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.capture(await tenant.createEvent(), 5);
    const again = marketo.pause();
    await push();
    expect(await refusedWith(flush())).toMatchObject({ fieldErrors: [{ path: 'ramp' }] });
    again();
  });

  test('waits while the integration is disabled, and begins with Enable', async () => {
    const { tenant, integrationId, flush, untilMode } = await given(5);
    await disable(services, tenant.operator, { integrationId });
    const { retryId } = await flush();
    expect(await tenant.retry(retryId ?? '')).toMatchObject({ status: 'RUNNING', total: 5, cleared: 0 });
    await enable(services, tenant.operator, { integrationId });
    expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({ status: 'COMPLETED', cleared: 5 });
    await untilMode('AUTOMATIC');
  });

  test('that somebody overtakes by switching to Automatic goes with the rest, and adds nothing to the history', async () => {
    const { tenant, integrationId, marketo, flush } = await given(30);
    const resume = marketo.pause();
    const { retryId } = await flush({ steps: [2, 3], stopAbove: 1 });
    await tenant.until(integrationId, { syncing: 2 });
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    resume();
    expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({ status: 'COMPLETED', total: 30, cleared: 30 });
    const switches = (await tenant.history(integrationId)).filter(({ kind }) => kind === 'SYNC_MODE_CHANGED');
    expect(switches).toHaveLength(2);
  });
});

describe('over the API', () => {
  const id = (integrationId: string) => globalId('Integration', integrationId);

  test('retry takes a ramp, its progress tells the step live, and STOPPED says why it ended', async () => {
    const { integrationId, marketo, client } = await given(30);
    const resume = marketo.pause();
    marketo.fault(refuseAll);
    const { retry: begun } = await client.data(
      `mutation ($input: RetryInput!) { retry(input: $input) { ... on RetrySuccess { retry { id total ramp { steps stopAbove step } } } } }`,
      { input: { integrationId: id(integrationId), select: { filter: {} }, ramp: {} } },
    );
    expect(begun.retry).toMatchObject({ total: 30, ramp: { steps: [1, 10, 100], stopAbove: 0.5, step: 1 } });
    const progress = await client.subscribe(
      `subscription ($id: ID!) { retryProgressed(retryId: $id) { status total waiting cleared failed ramp { step } } }`,
      { id: begun.retry.id },
    );
    resume();
    const seen = [];
    for await (const { retryProgressed } of progress) seen.push(retryProgressed);
    expect(seen[0]).toMatchObject({ status: 'RUNNING', total: 30, ramp: { step: 1 } });
    expect(seen.at(-1)).toEqual({
      status: 'STOPPED',
      total: 30,
      waiting: 0,
      cleared: 0,
      failed: 11,
      ramp: { step: 2 },
    });
  });

  test('setSyncMode takes a ramp to AUTOMATIC alone, and shows its retry', async () => {
    const { tenant, integrationId, client, untilMode } = await given(3);
    const set = async (input: object) =>
      (
        await client.data(
          `mutation ($input: SetSyncModeInput!) { setSyncMode(input: $input) { __typename
            ... on SetSyncModeSuccess { integration { syncMode { mode } } receipt { held } retry { id total status } }
            ... on ValidationError { fieldErrors { path } } } }`,
          { input: { integrationId: id(integrationId), ...input } },
        )
      ).setSyncMode;
    expect(await set({ mode: 'MANUAL', ramp: {} })).toMatchObject({ fieldErrors: [{ path: 'ramp' }] });
    expect(await set({ mode: 'AUTOMATIC', ramp: { steps: [0] } })).toMatchObject({
      fieldErrors: [{ path: 'ramp.steps.0' }],
    });
    const resume = await set({ mode: 'AUTOMATIC', ramp: { steps: [1] } });
    expect(resume).toMatchObject({ receipt: { held: 3 }, retry: { total: 3 } });
    await untilMode('AUTOMATIC');
    await tenant.until(integrationId, { cleared: 3 });
    expect(await set({ mode: 'AUTOMATIC', ramp: {} })).toMatchObject({ retry: null });
  });
});
