import { expect, test } from 'vitest';
import { rampToAutomatic } from '../../src/sync/ramp-to-automatic.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { violationsOf } from '../support/log-check.ts';

const world = await startWorld({ worker: false, times: { claimSeconds: 2, claimMarginSeconds: 1, recoveryMs: 200 } });
const { services } = world;

/** A Manual integration with frozen leads, and a vendor that is slow to answer until it is told. */
async function given(count: number) {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo();
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const eventId = await tenant.createEvent();
  await tenant.capture(eventId, count);
  return { tenant, integrationId, marketo, eventId, answer: marketo.pause() };
}

test('a retry whose worker ends in the middle goes on in the next one, and its numbers are right', async () => {
  const { tenant, integrationId, eventId, answer } = await given(700);
  const worker = await world.startWorker();
  const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
  await tenant.untilItems(integrationId, (items) => items.some(({ state }) => state === 'SYNCING'));
  await worker.stop(0);
  answer();
  expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', total: 700 });
  await world.startWorker();
  expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', total: 700, cleared: 700 });
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('a ramp whose worker ends in the middle of a step goes on in the next one, and opens the gate', async () => {
  const { tenant, integrationId, answer } = await given(60);
  const worker = await world.startWorker();
  const ramp = { steps: [2, 5], stopAbove: 0.5 };
  const { retryId } = await rampToAutomatic(services, tenant.operator, { integrationId, ramp });
  await tenant.until(integrationId, { syncing: 2, frozen: 58 });
  await worker.stop(0);
  answer();
  await world.startWorker();
  expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({
    status: 'COMPLETED',
    total: 60,
    cleared: 60,
    step: 3,
  });
  await tenant.untilIntegration(integrationId, ({ gate }) => gate.mode === 'AUTOMATIC');
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('a step that was answered while nobody could hear it is taken on by recovery', async () => {
  const { tenant, integrationId, answer } = await given(20);
  await world.startWorker();
  const ramp = { steps: [2, 3], stopAbove: 0.5 };
  const { retryId } = await rampToAutomatic(services, tenant.operator, { integrationId, ramp });
  await tenant.until(integrationId, { syncing: 2 });
  await world.database.sql`alter table retries disable trigger retries_step_done`;
  answer();
  try {
    expect(await tenant.untilRetry(retryId ?? '')).toMatchObject({ status: 'COMPLETED', cleared: 20 });
  } finally {
    await world.database.sql`alter table retries enable trigger retries_step_done`;
  }
});
