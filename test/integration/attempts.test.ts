import { and, asc, eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { pruneAttempts } from '../../src/db/statements/prune.ts';
import { settleItems } from '../../src/db/statements/settle.ts';
import { pushAttempts } from '../../src/db/tables/index.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, marketoMappings, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

async function givenMarketo(...given: Parameters<Tenant['connectMarketo']>) {
  const tenant = await world.tenant();
  const stand = await tenant.connectMarketo(...given);
  return { tenant, ...stand, eventId: await tenant.createEvent() };
}

async function givenWebhook() {
  const tenant = await world.tenant();
  const stand = await tenant.connectWebhook();
  return { tenant, ...stand, eventId: await tenant.createEvent() };
}

const attemptsOf = ({ orgId }: Tenant) =>
  services.db
    .select()
    .from(pushAttempts)
    .where(eq(pushAttempts.orgId, orgId))
    .orderBy(asc(pushAttempts.itemId), asc(pushAttempts.itemVersion));

async function captureAtOnce(tenant: Tenant, integrationId: string, capture: () => Promise<unknown>) {
  await disable(services, tenant.operator, { integrationId });
  await capture();
  await enable(services, tenant.operator, { integrationId });
}

describe('every push of a lead is kept', () => {
  test("with its own part of the batch: what was sent for it and what was answered, and nothing of its neighbours'", async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(1).email) });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 3));
    await tenant.until(integrationId, { cleared: 2, failed: 1 });
    const items = await tenant.items(integrationId);
    const attempts = await attemptsOf(tenant);
    expect(attempts).toHaveLength(3);
    for (const attempt of attempts) {
      const item = items.find(({ id }) => id === attempt.itemId);
      const index = Number(item?.externalId?.replace('badge-', ''));
      const isRefused = index === 1;
      expect(attempt).toMatchObject({
        integrationId,
        itemVersion: item?.version,
        attempt: 1,
        reason: 'FLUSHED',
        startedAt: expect.any(Date),
        outcome: isRefused ? 'FAILED' : 'CLEARED',
        error: isRefused ? { category: 'DUPLICATE', vendorCode: '1007' } : null,
        exchanges: [
          {
            request: 'POST /rest/v1/leads.json',
            payload: { email: `lead${index}@example.test`, firstName: `First${index}` },
            status: 200,
            answer: isRefused ? { status: 'skipped', reasons: [{ code: '1007' }] } : { status: 'created' },
          },
        ],
      });
      expect(attempt.durationMs).toBeGreaterThanOrEqual(0);
      for (const other of [0, 1, 2].filter((one) => one !== index))
        expect(JSON.stringify(attempt)).not.toContain(`lead${other}@`);
    }
  });

  test('also when no usable answer came: with the error, and it is numbered on from the one before', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.script({ status: 500, body: 'out of order' });
    await tenant.capture(eventId, 1);
    await tenant.untilItems(integrationId, ([item]) => item?.failures === 1 && item.state === 'PENDING');
    await world.forward(6, { orgId: tenant.orgId, integrationId });
    await tenant.until(integrationId, { cleared: 1 });
    expect(await attemptsOf(tenant)).toMatchObject([
      {
        attempt: 1,
        reason: 'AUTOMATIC',
        outcome: 'WAITING',
        error: { category: 'VENDOR_UNAVAILABLE' },
        exchanges: [{ request: 'POST /hook', status: 500, answer: 'out of order' }],
      },
      { attempt: 2, reason: 'AGAIN', outcome: 'CLEARED', error: null, exchanges: [{ status: 200 }] },
    ]);
  });

  test('but not what was refused before any call, nor an answer that came too late', async () => {
    const { tenant, integrationId, eventId } = await givenMarketo();
    await tenant.capture(eventId, [leadOf(1, { email: null })]);
    await tenant.until(integrationId, { failed: 1 });
    const [item] = await tenant.items(integrationId);
    if (!item) throw new Error('there is no item');
    const attempt = {
      reason: 'AUTOMATIC',
      startedAt: new Date(),
      durationMs: 1,
      exchanges: [],
    } as const;
    const late = await settleItems(services.db, tenant.orgId, [
      {
        id: item.id,
        claim: services.newId(),
        outcome: 'CLEARED',
        cause: 'ANSWERED',
        begun: true,
        sentRevision: 1,
        remoteId: '1',
        written: null,
        digest: null,
        accountGeneration: 1,
        error: null,
        dueInMs: 0,
        failures: 0,
        failedValue: null,
        refusedDigest: null,
        attempt,
      },
    ]);
    expect(late).toEqual([]);
    expect(await attemptsOf(tenant)).toEqual([]);
  });

  test('without secrets, whatever the vendor repeats, cut where it is long, and no answer is too odd to be recorded', async () => {
    const { tenant, integrationId, eventId, marketo, credentials } = await givenMarketo();
    const { clientSecret } = credentials.marketo;
    const message = `no \0 and \ud800 of ${clientSecret}, ${'x'.repeat(20_000)}`;
    marketo.fault({ kind: 'record', code: '1003', message, email: String(leadOf(0).email) });
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    const [attempt] = await attemptsOf(tenant);
    const answer = String(attempt?.exchanges[0]?.answer);
    expect(answer).toContain('no \ufffd and \ufffd of ***');
    expect(answer).not.toContain(clientSecret);
    expect(answer).toMatch(/\.\.\. \(cut: 20\d\d\d characters\)$/);
    expect(answer.length).toBeLessThan(16_100);
    const [item] = await tenant.items(integrationId);
    expect(item?.error?.vendorMessage).toMatch(/^no {2}and/);
  });
});

describe('a lead that failed', () => {
  test('says when, with which value, and whether it is the same again after a retry', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    const refuse = (code: string) =>
      marketo.fault({
        kind: 'record',
        code,
        message: "Value for field 'company' is invalid",
        times: 1,
        email: String(leadOf(0).email),
      });
    refuse('1003');
    await tenant.capture(eventId, [leadOf(0, { company: `${'long '.repeat(45)}end` })]);
    await tenant.until(integrationId, { failed: 1 });
    const read = async () => (await tenant.items(integrationId))[0];
    const first = await read();
    expect(first).toMatchObject({ failedAt: expect.any(Date), repeated: false });
    expect(first).toMatchObject({ error: { remoteField: 'company' }, failedValue: 'long '.repeat(40) });

    const retryAndFail = async (code: string) => {
      refuse(code);
      await tenant.untilRetry(
        await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] }),
      );
      return read();
    };
    expect(await retryAndFail('1003')).toMatchObject({ state: 'FAILED', repeated: true, attempts: 2 });
    expect(await retryAndFail('1007')).toMatchObject({ state: 'FAILED', repeated: false, attempts: 3 });
    expect((await attemptsOf(tenant)).map(({ reason }) => reason)).toEqual(['AUTOMATIC', 'RETRIED', 'RETRIED']);

    await tenant.untilRetry(
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] }),
    );
    expect(await read()).toMatchObject({ state: 'CLEARED', repeated: false, failedValue: null });
  });

  test('for another reason of the same category has not failed again', async () => {
    const { tenant, integrationId, eventId, receiver } = await givenWebhook();
    receiver.script(400, 400, 422);
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    const retried = async () => {
      await tenant.untilRetry(
        await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] }),
      );
      const [item] = await tenant.items(integrationId);
      return `${item?.error?.category} ${item?.error?.vendorCode} ${item?.repeated}`;
    };
    expect(await retried()).toBe('WEBHOOK_REJECTED 400 true');
    expect(await retried()).toBe('WEBHOOK_REJECTED 422 false');
  });

  test('for a value without an option says which value that was', async () => {
    const { tenant, integrationId, eventId } = await givenMarketo();
    const mappings = [
      ...marketoMappings,
      {
        source: 'qualifier:Interest',
        remoteField: 'title',
        writeBehavior: 'OVERWRITE' as const,
        values: [{ value: 'Hot', remoteValue: 'hot' }],
      },
    ];
    await setFieldMappings(services, tenant.admin, { integrationId, mappings });
    await tenant.capture(eventId, [leadOf(0, { qualifiers: [{ name: 'Interest', values: ['Hot', 'Lukewarm'] }] })]);
    await tenant.until(integrationId, { failed: 1 });
    expect((await tenant.items(integrationId))[0]).toMatchObject({
      error: { category: 'NO_TAG_MAPPING', remoteField: 'title' },
      failedValue: 'Lukewarm',
      failedAt: expect.any(Date),
    });
  });
});

describe('who asked', () => {
  test('is in the log for what people did, and nobody is for what the engine did', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo();
    marketo.fault({ kind: 'record', code: '1003', email: String(leadOf(0).email) });
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { failed: 1 });
    await tenant.untilRetry(await retryEvent(services, tenant.admin, { integrationId, eventId, groups: ['FAILED'] }));
    expect((await tenant.log(integrationId)).map(({ cause, causedBy }) => `${cause} ${causedBy}`)).toEqual([
      'CAPTURED Otto',
      'CLAIMED null',
      'ANSWERED null',
      'RETRIED Ada',
      'CLAIMED null',
      'ANSWERED null',
    ]);
  });
});

describe('attempts are kept as long as was set', () => {
  test('older ones are removed, a chunk a transaction', async () => {
    const { tenant, integrationId, eventId } = await givenWebhook();
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { cleared: 2 });
    const [old, young] = await attemptsOf(tenant);
    const startedAt = new Date(Date.now() - 31 * 24 * 3_600_000);
    await services.db
      .update(pushAttempts)
      .set({ startedAt })
      .where(and(eq(pushAttempts.orgId, tenant.orgId), eq(pushAttempts.itemId, old?.itemId ?? '')));
    expect(await pruneAttempts(services.db, 30)).toBe(1);
    expect(await attemptsOf(tenant)).toMatchObject([{ itemId: young?.itemId }]);
  });

  test('with 0 days nothing is written, and what there was is gone', async () => {
    const none = await startWorld({ attemptRetentionDays: 0 });
    const tenant = await none.tenant();
    const { integrationId } = await tenant.connectWebhook();
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, 3);
    await tenant.until(integrationId, { cleared: 3 });
    expect(await none.services.db.select().from(pushAttempts)).toEqual([]);
    expect(await pruneAttempts(services.db, 0)).toBeGreaterThan(0);
    expect(await services.db.select().from(pushAttempts)).toEqual([]);
  });
});
