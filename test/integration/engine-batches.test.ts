import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { fieldMappings, vendorFlows } from '../../src/db/tables/index.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { engineStands, leadsPath } from '../support/engine-stands.ts';
import { leadOf, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;
const { givenMarketo, captureAtOnce, untilNoDrain } = engineStands(world);

describe('batches', () => {
  test('hold 300 leads at most, each lead in one, at most five calls at once', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo({ latencyMs: 30 });
    await captureAtOnce(tenant, integrationId, async () => {
      for (const _ of [1, 2]) await tenant.capture(eventId, 850);
    });
    await tenant.until(integrationId, { cleared: 1_700 });
    const sizes = pushes().map(({ emails }) => emails.length);
    expect(Math.max(...sizes)).toBe(300);
    expect(sizes).toHaveLength(6);
    expect(new Set(pushes().flatMap(({ emails }) => emails)).size).toBe(1_700);
    expect(marketo.inFlightMax()).toBeLessThanOrEqual(5);
  });

  test('a refused record does not fail its neighbours', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const email = String(leadOf(7).email);
    marketo.fault({ kind: 'record', code: '1007', email });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 20));
    await tenant.until(integrationId, { cleared: 19, failed: 1 });
    const [failed] = (await tenant.items(integrationId)).filter(({ status }) => status === 'FAILED');
    expect(failed).toMatchObject({
      externalId: 'badge-7',
      error: { category: 'DUPLICATE', vendorCode: '1007' },
      attempts: 1,
    });
    expect(pushes()).toHaveLength(1);
  });

  test('a batch that is refused as a whole is split until the guilty lead is found, and only that one fails', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const email = String(leadOf(13).email);
    marketo.fault({ kind: 'response', code: '1003', path: leadsPath, email, times: null });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 40));
    await tenant.until(integrationId, { cleared: 39, failed: 1 });
    const items = await tenant.items(integrationId);
    expect(items.filter(({ status }) => status === 'FAILED')).toMatchObject([
      { externalId: 'badge-13', error: { category: 'DATA_VALUE_VALIDATION' } },
    ]);
    expect(items.every(({ failures }) => failures === 0)).toBe(true);
    const refused = pushes().filter(({ emails }) => emails.includes(email));
    const sizes = refused.map(({ emails }) => emails.length);
    expect([sizes.length, sizes[0], sizes.at(-1)]).toEqual([new Set(sizes).size, 40, 1]); // smaller every time
    expect(pushes().length).toBeLessThanOrEqual(2 * 7);
  });

  test('the halves of a refused batch pass the gate again: what was refused before a switch is not sent after it', async () => {
    const { tenant, integrationId, eventId, marketo, pushes } = await givenMarketo();
    const resume = marketo.pause();
    marketo.fault({ kind: 'status', status: 413, path: leadsPath, afterWrite: true });
    await captureAtOnce(tenant, integrationId, () => tenant.capture(eventId, 10));
    await tenant.until(integrationId, { syncing: 10 });
    expect(await disable(services, tenant.operator, { integrationId })).toMatchObject({ inFlight: 10, held: 0 });
    resume();
    await tenant.until(integrationId, { frozen: 10 });
    expect(pushes()).toHaveLength(1);
    await enable(services, tenant.operator, { integrationId });
    await tenant.until(integrationId, { cleared: 10 });
  });

  test('a batch that is larger than the vendor takes goes in parts', async () => {
    const notes: FieldMapping = {
      source: 'attribute:notes',
      remoteField: 'sluiceNotes',
      writeBehavior: 'OVERWRITE',
      values: [],
    };
    const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, [...marketoMappings, notes]);
    const long = { attributes: [{ name: 'notes', value: 'x'.repeat(9_000) }] };
    await captureAtOnce(tenant, integrationId, () =>
      tenant.capture(
        eventId,
        Array.from({ length: 150 }, (_, index) => leadOf(index, long)),
      ),
    );
    await tenant.until(integrationId, { cleared: 150 });
    expect(marketo.leads()).toHaveLength(150);
  });
});

test('the rate of a vendor holds for every request of a push: what it looks up counts as well as what it writes', async () => {
  const companyIfBlank = marketoMappings.map((mapping) =>
    mapping.remoteField === 'company' ? { ...mapping, writeBehavior: 'WRITE_IF_BLANK' as const } : mapping,
  );
  const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, companyIfBlank);
  await untilNoDrain(integrationId);
  const rate = { rateCalls: 4, rateWindowMs: 1_000 };
  await services.db.update(vendorFlows).set(rate).where(eq(vendorFlows.integrationId, integrationId));
  for (let cleared = 1; cleared <= 6; cleared++) {
    await tenant.capture(eventId, 1);
    await tenant.until(integrationId, { cleared });
  }
  const calls = marketo.calls().filter(({ path }) => path === leadsPath);
  expect(calls.map(({ method }) => method)).toEqual(Array.from({ length: 6 }, () => ['GET', 'POST']).flat());
  for (const [index, call] of calls.slice(0, -rate.rateCalls).entries()) {
    const next = calls[index + rate.rateCalls];
    expect((next?.at ?? 0) - call.at).toBeGreaterThan(rate.rateWindowMs - 150); // what the way to the vendor takes may vary
  }
});

describe('what is known before the call', () => {
  const picklist: FieldMapping = {
    source: 'qualifier:Interest',
    remoteField: 'sluiceInterest',
    writeBehavior: 'OVERWRITE',
    values: [{ value: 'Pumps', remoteValue: 'P' }],
  };
  const interest = (value: string) => ({ qualifiers: [{ name: 'Interest', values: [value] }] });
  const withoutEmail = marketoMappings.filter(({ remoteField }) => remoteField !== 'email');
  const vanished: FieldMapping = { ...picklist, source: 'company', remoteField: 'gone__c', values: [] };

  test.for([
    ['NO_TAG_MAPPING', [...marketoMappings, picklist], leadOf(0, interest('Valves'))],
    ['MISSING_MATCH_KEY', marketoMappings, leadOf(0, { email: null })],
    ['NO_FIELD_MAPPING', withoutEmail, leadOf(0)],
    ['MISSING_REMOTE_FIELD', [...marketoMappings, vanished], leadOf(0)],
    ['DATA_VALUE_VALIDATION', marketoMappings, leadOf(0, { company: 'x'.repeat(256) })],
  ] as const)(
    '%s fails the lead without a call, and a retry after the fix sends it',
    async ([category, mappings, lead]) => {
      const kept = mappings.filter((mapping) => mapping !== vanished);
      const { tenant, integrationId, eventId, pushes } = await givenMarketo({}, [...kept]);
      // Mapped while the field was there: saving it now would be refused.
      if (kept.length < mappings.length) {
        const row = { orgId: tenant.orgId, integrationId, place: kept.length, ...vanished };
        await services.db.insert(fieldMappings).values(row);
      }
      const [leadId = ''] = await tenant.capture(eventId, [lead]);
      await tenant.until(integrationId, { failed: 1 });
      expect(await tenant.items(integrationId)).toMatchObject([{ error: { category }, attempts: 0, failures: 0 }]);
      expect((await tenant.log(integrationId)).at(-1)).toMatchObject({ cause: 'REFUSED_LOCALLY', toStatus: 'FAILED' });
      expect(pushes()).toEqual([]);

      await setFieldMappings(services, tenant.admin, { integrationId, mappings: marketoMappings });
      await updateLead(services, tenant.operator, { leadId, email: 'fixed@example.test', company: 'Short' });
      expect(await tenant.counts(integrationId)).toMatchObject({ failed: 1 });
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] });
      await tenant.until(integrationId, { cleared: 1 });
    },
  );

  test('a lead that passes is sent with the mapped option', async () => {
    const { tenant, integrationId, eventId, marketo } = await givenMarketo({}, [...marketoMappings, picklist]);
    await tenant.capture(eventId, [leadOf(0, interest('Pumps')), leadOf(1, interest('Valves')), leadOf(2)]);
    await tenant.until(integrationId, { cleared: 2, failed: 1 });
    expect(marketo.leads().map((lead) => lead.fields.sluiceInterest ?? null)).toEqual(['P', null]);
  });
});
