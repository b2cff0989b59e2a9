import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { AccountInUseError, ConfirmationRequiredError, IntegrationHeldError } from '../../src/domain/errors.ts';
import { disable } from '../../src/sync/disable.ts';
import { disconnect } from '../../src/sync/disconnect.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { gateStand } from '../support/gate-stand.ts';
import { leadOf, marketoAccount, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { given } = gateStand(world);

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
