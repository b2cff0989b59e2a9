import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { gates } from '../../src/db/tables/index.ts';
import {
  ConfirmationRequiredError,
  ForbiddenError,
  NotFoundError,
  StaleVersionError,
} from '../../src/domain/errors.ts';
import { connectionStatuses, flowOf, type GateRule, statusOf, syncModes } from '../../src/domain/gate.ts';
import { syncStates } from '../../src/domain/lifecycle.ts';
import { disable } from '../../src/sync/disable.ts';
import { disconnect } from '../../src/sync/disconnect.ts';
import { enable } from '../../src/sync/enable.ts';
import { decodeCursor } from '../../src/sync/log.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startWorld } from '../support/engine.ts';
import { gateStand } from '../support/gate-stand.ts';
import { leadOf, type MarketoStand, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { given } = gateStand(world);
const emailsAt = (stand: Pick<MarketoStand, 'marketo'>) =>
  stand.marketo.leads().map((lead) => String(lead.fields.email));

describe('Automatic and Manual', () => {
  test('a new integration is Automatic: what is captured leaves by itself', async () => {
    const { tenant, eventId, integrationId, stand } = await given();
    await tenant.capture(eventId, 3);
    expect(await tenant.until(integrationId, { cleared: 3 })).toEqual({
      frozen: 0,
      queued: 0,
      syncing: 0,
      failed: 0,
      cleared: 3,
    });
    expect(emailsAt(stand).sort()).toEqual([0, 1, 2].map((index) => leadOf(index).email));
  });

  test('in Manual mode nothing leaves, and Automatic lets everything go that waited', async () => {
    const { tenant, eventId, integrationId, marketo, manual, automatic } = await given();
    await manual();
    await tenant.capture(eventId, 5);
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 5, queued: 0, syncing: 0 });
    expect(await automatic()).toMatchObject({ inFlight: 0, held: 0, released: 5 });
    await tenant.until(integrationId, { cleared: 5 });
    expect(marketo.leads()).toHaveLength(5);
    // Whatever Manual held was claimed only after the switch.
    const log = await tenant.log(integrationId);
    expect(log.filter(({ toStatus }) => toStatus === 'SYNCING').map(({ fromStatus }) => fromStatus)).toEqual(
      Array(5).fill('QUEUED'),
    );
  });

  test('going to Manual asks for a confirmation that says how many leads wait, and changes nothing without one', async () => {
    const { tenant, eventId, integrationId } = await given();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 4);
    const before = await tenant.integration(integrationId);
    const refused = await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL' }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(ConfirmationRequiredError);
    expect(refused).toMatchObject({ affectedLeads: 4 });
    expect(await tenant.integration(integrationId)).toEqual(before);
  });

  test('going to Automatic asks for none', async () => {
    const { manual, automatic } = await given();
    const { version } = await manual();
    expect(await automatic()).toMatchObject({ version: version + 1 });
  });

  test('setting the mode that holds is a success that changes nothing: same version, no history, no confirmation', async () => {
    const { tenant, eventId, integrationId, manual } = await given();
    const { version } = await manual();
    await tenant.capture(eventId, 2);
    const history = await tenant.history(integrationId);
    const again = await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', reason: 'again' });
    expect(again).toMatchObject({ version, held: 2, released: 0, inFlight: 0 });
    expect(await tenant.history(integrationId)).toEqual(history);
    expect(await disableTwice(tenant, integrationId)).toEqual([version + 1, version + 1]);
  });

  async function disableTwice(tenant: Tenant, integrationId: string) {
    const first = await disable(services, tenant.operator, { integrationId });
    const second = await disable(services, tenant.operator, { integrationId });
    return [first.version, second.version];
  }

  test('an outdated expectedVersion is refused by every change, and nothing changes', async () => {
    const { tenant, integrationId, stand, manual } = await given();
    const { version } = await manual();
    const stale = { integrationId, expectedVersion: version - 1, confirm: true };
    const changes = [
      () => setSyncMode(services, tenant.operator, { ...stale, mode: 'AUTOMATIC' }),
      () => disable(services, tenant.operator, stale),
      () => enable(services, tenant.operator, stale),
      () => disconnect(services, tenant.admin, stale),
    ];
    for (const change of changes) {
      const error = await change().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StaleVersionError);
      expect(error).toMatchObject({ currentVersion: version });
    }
    expect(await tenant.integration(integrationId)).toMatchObject({ gate: { version, mode: 'MANUAL', enabled: true } });
    expect(stand.marketo.leads()).toEqual([]);
  });

  test('of two switches with the same expectedVersion one wins', async () => {
    const { tenant, integrationId, manual } = await given();
    const { version: expectedVersion } = await manual();
    const change = () => setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC', expectedVersion });
    const outcomes = await Promise.allSettled([change(), change()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await tenant.integration(integrationId)).gate.version).toBe(expectedVersion + 1);
  });

  test('a viewer may change nothing, an operator may not disconnect, and a foreign integration is not there', async () => {
    const { tenant, integrationId } = await given();
    const other = await world.tenant();
    await expect(
      setSyncMode(services, tenant.viewer, { integrationId, mode: 'MANUAL', confirm: true }),
    ).rejects.toThrow(ForbiddenError);
    await expect(disable(services, tenant.viewer, { integrationId })).rejects.toThrow(ForbiddenError);
    await expect(disconnect(services, tenant.operator, { integrationId, confirm: true })).rejects.toThrow(
      ForbiddenError,
    );
    await expect(disable(services, other.admin, { integrationId })).rejects.toThrow(NotFoundError);
    expect((await tenant.integration(integrationId)).gate.flow).toBe('ALL');
  });
});

describe('the receipt of a switch', () => {
  test('tells exactly what was in flight and what is held, and nothing beyond it reaches the vendor', async () => {
    const { tenant, eventId, integrationId, marketo, manual, automatic } = await given();
    const resume = marketo.pause();
    await tenant.capture(eventId, 3);
    await tenant.until(integrationId, { syncing: 3 });
    const receipt = await manual();
    await tenant.capture(eventId, 4);
    expect(receipt).toMatchObject({ inFlight: 3, held: 0, released: 0 });
    resume();
    expect(await tenant.until(integrationId, { cleared: 3 })).toMatchObject({ frozen: 4, syncing: 0, queued: 0 });
    expect(marketo.leads()).toHaveLength(3);
    const second = await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL' });
    expect(second).toMatchObject({ inFlight: 0, held: 4, released: 0, version: receipt.version });
    expect(await automatic()).toMatchObject({ inFlight: 0, held: 0, released: 4 });
    await tenant.until(integrationId, { cleared: 7 });
  });

  test('counts what waits but could not leave yet as held', async () => {
    const { tenant, eventId, integrationId, marketo } = await given();
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
    await tenant.until(integrationId, { syncing: 1, queued: 2 }); // one at a time: they share the address
    expect(await disable(services, tenant.operator, { integrationId })).toMatchObject({ inFlight: 1, held: 2 });
    resume();
    expect(await tenant.until(integrationId, { syncing: 0 })).toMatchObject({ cleared: 1, frozen: 2 });
    expect(await enable(services, tenant.operator, { integrationId })).toMatchObject({ released: 2, held: 0 });
    await tenant.until(integrationId, { cleared: 3 });
  });

  test('gives the position at which the change holds: every later transition is under the new setting', async () => {
    const { tenant, eventId, integrationId, manual } = await given();
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 2 });
    const receipt = await manual();
    await tenant.capture(eventId, 2);
    const { position } = decodeCursor(receipt.cursor, integrationId);
    const log = await tenant.log(integrationId);
    expect(log.filter((row) => row.position > position).map((row) => [row.toStatus, row.settingVersion])).toEqual([
      ['FROZEN', receipt.version],
      ['FROZEN', receipt.version],
    ]);
    expect(log.filter((row) => row.position <= position).every((row) => row.settingVersion < receipt.version)).toBe(
      true,
    );
  });
});

describe('releases', () => {
  test('count for one release epoch: back in Manual, what was released before is frozen again and its retry CANCELED', async () => {
    const { tenant, eventId, integrationId, marketo, manual, automatic } = await given();
    await manual();
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { syncing: 1, queued: 2 });
    expect(await automatic()).toMatchObject({ released: 0, held: 0, inFlight: 1 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING' });
    expect(await manual()).toMatchObject({ held: 2, inFlight: 1 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED', total: 3 });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2 });
    expect(marketo.leads()).toHaveLength(1);
  });
});

test('the rule in the database and the rule in src/domain/gate.ts are the same for every combination', async () => {
  const tenant = await world.tenant();
  const booleans = [true, false];
  const rules: GateRule[] = connectionStatuses.flatMap((connection) =>
    syncModes.flatMap((mode) =>
      booleans.flatMap((enabled) =>
        booleans.flatMap((permitted) =>
          booleans.flatMap((endpointGone) =>
            booleans.map((mapped) => ({ connection, mode, enabled, permitted, endpointGone, mapped, releaseEpoch: 2 })),
          ),
        ),
      ),
    ),
  );
  const stored = await services.db
    .insert(gates)
    .values(rules.map((rule) => ({ ...rule, orgId: tenant.orgId, integrationId: services.newId() })))
    .returning();
  expect(stored).toHaveLength(96);
  expect(stored.map(({ flow }) => flow)).toEqual(rules.map(flowOf));
  expect(new Set(stored.map(({ flow }) => flow))).toEqual(new Set(['ALL', 'RELEASED', 'NONE']));

  const cases = rules.flatMap((rule) =>
    syncStates.flatMap((state) => [null, 1, 2].map((releaseEpoch) => ({ rule, state, releaseEpoch }))),
  );
  const asked = cases.map(({ rule, state, releaseEpoch }, index) => ({
    index,
    state,
    release_epoch: releaseEpoch,
    flow: flowOf(rule),
    gate_epoch: rule.releaseEpoch,
  }));
  const told = await services.db.execute<{ status: string }>(sql`
    select sluice_status(c.state, c.release_epoch, c.flow, c.gate_epoch) as status
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
      as c(index integer, state text, release_epoch integer, flow text, gate_epoch integer) order by c.index`);
  expect(told.map(({ status }) => status)).toEqual(
    cases.map(({ rule, state, releaseEpoch }) => statusOf({ state, releaseEpoch }, rule)),
  );
  await services.db.execute(sql`delete from gates where org_id = ${tenant.orgId}`); // they belong to no integration
});
