import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { gates } from '../../src/db/tables/index.ts';
import {
  AccountInUseError,
  ConfirmationRequiredError,
  ForbiddenError,
  IntegrationHeldError,
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
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, type MarketoStand, marketoAccount, marketoMappings, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

/** A tenant with a Marketo integration and an event. */
async function given(options?: Parameters<Tenant['connectMarketo']>[0]) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo(options);
  const eventId = await tenant.createEvent();
  const { integrationId } = stand;
  const manual = () => setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
  const automatic = () => setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
  return { tenant, stand, eventId, integrationId, marketo: stand.marketo, manual, automatic };
}

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

describe('Disable and Enable', () => {
  test('Disable holds everything, releases included; Enable without a mode goes on where it was suspended', async () => {
    const { tenant, eventId, integrationId, marketo, manual } = await given();
    const held = await tenant.createEvent();
    await manual();
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same)]);
    await tenant.capture(held, [leadOf(3)]);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { syncing: 1, queued: 1, frozen: 1 });

    expect(await disable(services, tenant.operator, { integrationId })).toMatchObject({ inFlight: 1, held: 2 });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2, syncing: 0 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'RUNNING', total: 2, cleared: 1 });

    expect(await enable(services, tenant.operator, { integrationId })).toMatchObject({ held: 1, released: 1 });
    expect(await tenant.untilRetry(retryId)).toMatchObject({ status: 'COMPLETED', cleared: 2 });
    expect(await tenant.counts(integrationId)).toMatchObject({ cleared: 2, frozen: 1 });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ mode: 'MANUAL', enabled: true });
  });

  test('Enable into Manual keeps the backlog frozen, needs a confirmation, and ends running retries', async () => {
    const { tenant, eventId, integrationId, marketo } = await given();
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
    await tenant.until(integrationId, { syncing: 1 });
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await disable(services, tenant.operator, { integrationId });
    resume();
    await tenant.until(integrationId, { cleared: 1, frozen: 2 });

    const refused = await enable(services, tenant.operator, { integrationId, mode: 'MANUAL' }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(ConfirmationRequiredError);
    expect(refused).toMatchObject({ affectedLeads: 2 });
    expect((await tenant.integration(integrationId)).gate.enabled).toBe(false);

    const receipt = await enable(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    expect(receipt).toMatchObject({ held: 2, released: 0, inFlight: 0 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED' });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ mode: 'MANUAL', flow: 'RELEASED' });
    expect((await tenant.items(integrationId)).map(({ status }) => status).sort()).toEqual([
      'CLEARED',
      'FROZEN',
      'FROZEN',
    ]);
  });

  test('Enable into Automatic lets the backlog of a Manual integration go', async () => {
    const { tenant, eventId, integrationId, manual } = await given();
    await manual();
    await tenant.capture(eventId, 2);
    await disable(services, tenant.operator, { integrationId });
    expect(await enable(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' })).toMatchObject({
      released: 2,
      held: 0,
    });
    await tenant.until(integrationId, { cleared: 2 });
  });

  test('Enable is of no effect on an enabled integration, whatever mode it names', async () => {
    const { tenant, integrationId } = await given();
    const { version } = (await tenant.integration(integrationId)).gate;
    expect(await enable(services, tenant.operator, { integrationId, mode: 'MANUAL' })).toMatchObject({ version });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ mode: 'AUTOMATIC', version });
  });

  test('the mode can be switched while disabled or disconnected, and holds when the stream is back', async () => {
    const { tenant, eventId, integrationId, stand, manual, automatic } = await given();
    await disable(services, tenant.operator, { integrationId });
    await tenant.capture(eventId, 2);
    expect(await manual()).toMatchObject({ held: 2, released: 0 });
    await enable(services, tenant.operator, { integrationId });
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 2 });

    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    expect(await automatic()).toMatchObject({ held: 2, released: 0 });
    const { receipt } = await tenant.connect('MARKETO', stand.credentials, integrationId);
    expect(receipt).toMatchObject({ held: 0, released: 2 });
    await tenant.until(integrationId, { cleared: 2 });
  });

  test('FAILED and CLEARED leads are left alone by every change of the setting', async () => {
    const { tenant, eventId, integrationId, stand, manual, automatic } = await given();
    stand.marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(0).email), times: null });
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 1, failed: 1 });
    const before = await tenant.items(integrationId);
    await manual();
    await disable(services, tenant.operator, { integrationId });
    await enable(services, tenant.operator, { integrationId });
    await automatic();
    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    await tenant.connect('MARKETO', stand.credentials, integrationId);
    expect(await tenant.items(integrationId)).toEqual(before);
  });
});

describe('Disconnect and connect again', () => {
  test('Disconnect asks for a confirmation, forgets the credentials, and holds what waits', async () => {
    const { tenant, eventId, integrationId, manual } = await given();
    await manual();
    await tenant.capture(eventId, 3);
    const refused = await disconnect(services, tenant.admin, { integrationId }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfirmationRequiredError);
    expect(refused).toMatchObject({ affectedLeads: 3 });

    expect(await disconnect(services, tenant.admin, { integrationId, confirm: true })).toMatchObject({ held: 3 });
    const [row] = await services.db.execute(
      sql`select credentials, credentials_key_id from integrations where id = ${integrationId}`,
    );
    expect(row).toEqual({ credentials: null, credentials_key_id: null });
    const error = await retryEvent(services, tenant.operator, { integrationId, eventId }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(IntegrationHeldError);
    expect(error).toMatchObject({ holds: ['DISCONNECTED'] });
  });

  test('the same account goes on where it was: mode, releases and remote ids hold', async () => {
    const { tenant, eventId, integrationId, stand } = await given();
    const [leadId = ''] = await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 });
    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
    const connected = await tenant.connect('MARKETO', stand.credentials, integrationId);
    expect(connected).toMatchObject({ accountChanged: false, receipt: { held: 0, released: 1 } });
    await tenant.until(integrationId, { cleared: 1 });
    expect(stand.marketo.leads()).toHaveLength(1);
    expect((await tenant.integration(integrationId)).gate.mode).toBe('AUTOMATIC');
  });

  test('another account is noticed: the mode becomes Manual and stored remote ids count for nothing', async () => {
    const { tenant, eventId, integrationId, stand } = await given();
    const [leadId = ''] = await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 2 });
    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });

    const other = await marketoAccount();
    const connected = await tenant.connect('MARKETO', other.credentials, integrationId);
    expect(connected).toMatchObject({ accountChanged: true, receipt: { held: 1, released: 0 } });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ mode: 'MANUAL', flow: 'RELEASED' });
    const { accountGeneration } = await tenant.integration(integrationId);
    const before = await tenant.items(integrationId);
    expect(before.every((item) => item.accountGeneration === accountGeneration - 1)).toBe(true);

    await setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    await tenant.until(integrationId, { cleared: 2 });
    const [pushed] = (await tenant.items(integrationId)).filter((item) => item.leadId === leadId);
    expect(pushed).toMatchObject({ accountGeneration, remoteId: String(other.marketo.leads()[0]?.id) });
    expect(stand.marketo.leads()).toHaveLength(2);
    const kinds = (await tenant.history(integrationId)).map(({ kind }) => kind);
    expect(kinds).toContain('SYNC_MODE_CHANGED');
  });

  test('another account ends what others had released: nothing of it reaches that account', async () => {
    const { tenant, eventId, integrationId, marketo, manual } = await given();
    await manual();
    const resume = marketo.pause();
    const same = { email: 'same@example.test' };
    await tenant.capture(eventId, [leadOf(1), leadOf(2, same), leadOf(3, same)]);
    const retryId = await retryEvent(services, tenant.operator, { integrationId, eventId });
    await tenant.until(integrationId, { syncing: 2, queued: 1 });
    const other = await marketoAccount();
    const { receipt } = await tenant.connect('MARKETO', other.credentials, integrationId);
    expect(receipt).toMatchObject({ inFlight: 2, held: 1 });
    resume();
    await tenant.until(integrationId, { cleared: 2, frozen: 1 });
    expect(await tenant.retry(retryId)).toMatchObject({ status: 'CANCELED' });
    expect(other.marketo.leads()).toEqual([]);
    expect(marketo.leads()).toHaveLength(2);
  });

  test('an account is connected once in an organization, and free again when disconnected', async () => {
    const { tenant, integrationId, stand } = await given();
    const refused = await tenant.connect('MARKETO', stand.credentials).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AccountInUseError);
    expect(refused).toMatchObject({ integrationId });
    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    const second = await tenant.connect('MARKETO', stand.credentials);
    expect(second.integrationId).not.toBe(integrationId);
    await expect(tenant.connect('MARKETO', stand.credentials, integrationId)).rejects.toThrow(AccountInUseError);
    const elsewhere = await world.tenant();
    await expect(elsewhere.connect('MARKETO', stand.credentials)).resolves.toMatchObject({ accountChanged: false });
  });

  test('of two that connect the same account at the same time one is told that it is in use', async () => {
    const tenant = await world.tenant();
    const { credentials } = await marketoAccount();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => tenant.connect('MARKETO', credentials)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toHaveLength(2);
    for (const reason of refused) expect(reason).toBeInstanceOf(AccountInUseError);
  });

  test('wrong credentials are refused and change nothing', async () => {
    const { tenant, integrationId, stand } = await given();
    const before = await tenant.integration(integrationId);
    const wrong = { marketo: { ...stand.credentials.marketo, clientSecret: 'wrong' } };
    await expect(tenant.connect('MARKETO', wrong, integrationId)).rejects.toMatchObject({
      fieldErrors: [{ path: 'credentials' }],
    });
    expect(await tenant.integration(integrationId)).toEqual(before);
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

test('the history tells who, when, what and why, with before and after', async () => {
  const { tenant, integrationId } = await given();
  const reason = 'the show is over';
  await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true, reason });
  await disable(services, tenant.operator, { integrationId, reason: 'audit' });
  await enable(services, tenant.admin, { integrationId });
  await disconnect(services, tenant.admin, { integrationId, confirm: true, reason: 'moving' });
  const history = await tenant.history(integrationId);
  expect(history.map(({ kind, by, reason, before, after }) => ({ kind, by, reason, before, after }))).toEqual([
    { kind: 'CREATED', by: 'Ada', reason: null, before: null, after: expect.anything() },
    { kind: 'CONNECTED', by: 'Ada', reason: null, before: null, after: expect.anything() },
    { kind: 'MAPPING_CHANGED', by: 'Ada', reason: null, before: [], after: marketoMappings },
    { kind: 'SYNC_MODE_CHANGED', by: 'Otto', reason, before: { mode: 'AUTOMATIC' }, after: { mode: 'MANUAL' } },
    { kind: 'DISABLED', by: 'Otto', reason: 'audit', before: { enabled: true }, after: { enabled: false } },
    { kind: 'ENABLED', by: 'Ada', reason: null, before: { enabled: false }, after: { enabled: true, mode: 'MANUAL' } },
    {
      kind: 'DISCONNECTED',
      by: 'Ada',
      reason: 'moving',
      before: { connection: 'CONNECTED' },
      after: { connection: 'DISCONNECTED' },
    },
  ]);
  const { gate } = await tenant.integration(integrationId);
  expect(gate.changedBy).toBe('Ada');
  expect(history.at(-1)?.version).toBe(gate.version);
});

describe('nothing mapped', () => {
  test('holds every lead as NO_MAPPING until the first mapping, which raises the version and lets them go', async () => {
    const tenant = await world.tenant();
    const { integrationId, marketo } = await tenant.connectMarketo({}, []);
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 2);
    expect(await tenant.counts(integrationId)).toMatchObject({ frozen: 2 });
    const { version } = (await tenant.integration(integrationId)).gate;
    const held = await retryEvent(services, tenant.operator, { integrationId, eventId }).catch((e: unknown) => e);
    expect(held).toMatchObject({ holds: ['NO_MAPPING'] });
    expect(marketo.leads()).toEqual([]);

    await setFieldMappings(services, tenant.admin, { integrationId, mappings: marketoMappings });
    await tenant.until(integrationId, { cleared: 2 });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ version: version + 1, mapped: true });

    await setFieldMappings(services, tenant.admin, { integrationId, mappings: [] });
    expect((await tenant.integration(integrationId)).gate).toMatchObject({ version: version + 2, flow: 'NONE' });
  });

  test('never holds a webhook: it sends the whole lead', async () => {
    const tenant = await world.tenant();
    const { integrationId, receiver } = await tenant.connectWebhook();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared: 1 });
    expect(receiver.deliveries()[0]?.data).toMatchObject({ data: { lead: { email: leadOf(0).email } } });
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
