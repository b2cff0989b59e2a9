import { describe, expect, test } from 'vitest';
import { disconnect } from '../../src/sync/disconnect.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import type { MarketoStand } from '../support/tenant.ts';
import { verificationStand } from '../support/verification-stand.ts';

const world = await startWorld({ operations: { times: { sweepMs: 100 } } });
const { services } = world;
const { verified } = verificationStand(world);

describe('read back at the vendor', () => {
  /** So many leads at Marketo, which takes 300 a call. */
  async function cleared(count: number) {
    const tenant = await world.tenant();
    const stand = await tenant.connectMarketo({ rateMax: null });
    const eventId = await tenant.createEvent();
    await tenant.capture(eventId, count);
    await tenant.until(stand.integrationId, { cleared: count });
    return { tenant, ...stand, eventId };
  }
  const lookUps = ({ marketo }: Pick<MarketoStand, 'marketo'>) =>
    marketo.calls().filter(({ method, path }) => method === 'GET' && path.startsWith('/rest/v1/leads.json'));

  test('exactly what is CLEARED here and was deleted there is named', async () => {
    const stand = await cleared(650);
    const { tenant, integrationId, marketo } = stand;
    expect(await verified(tenant, { readBack: true })).toMatchObject({ outcome: 'HOLDS', findings: [] });
    const deleted = [3, 17, 299, 300, 301, 600, 649].map((index) => marketo.leads()[index]?.id ?? 0);
    for (const id of deleted) marketo.deleteLead(id);
    const before = lookUps(stand).length;
    const { outcome, findings, integrations } = await verified(tenant, { readBack: true });
    expect(outcome).toBe('FINDINGS');
    const items = await tenant.items(integrationId);
    const expected = items.filter((item) => deleted.includes(Number(item.remoteId))).map((item) => item.id);
    expect(expected).toHaveLength(7);
    expect(findings.map(({ itemId }) => itemId).toSorted()).toEqual(expected.toSorted());
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['MISSING_AT_VENDOR']));
    expect(integrations[0]?.readBack).toMatchObject({ state: 'CHECKED', checked: 650, missing: 7, unknown: 0 });
    expect(lookUps(stand).length - before).toBe(3);
  });

  test('without being asked for, nothing is called at the vendor', async () => {
    const stand = await cleared(2);
    const before = stand.marketo.calls().length;
    expect(await verified(stand.tenant)).toMatchObject({ outcome: 'HOLDS' });
    expect(stand.marketo.calls()).toHaveLength(before);
  });

  test('a lead that was pushed anew after its record was deleted is not missing', async () => {
    const { tenant, integrationId, marketo } = await cleared(3);
    const item = (await tenant.items(integrationId))[0];
    if (!item) throw new Error('there is no item');
    marketo.deleteLead(Number(item.remoteId));
    await updateLead(services, tenant.operator, { leadId: item.leadId, lastName: 'Byron' });
    await tenant.untilItems(integrationId, (items) =>
      items.some((one) => one.id === item.id && one.status === 'CLEARED' && one.remoteId !== item.remoteId),
    );
    expect(await verified(tenant, { readBack: true })).toMatchObject({ outcome: 'HOLDS', findings: [] });
  });

  test('a vendor that can not be asked is said to be so, and is no reason to doubt', async () => {
    const tenant = await world.tenant();
    const { integrationId } = await tenant.connectWebhook();
    await tenant.capture(await tenant.createEvent(), 2);
    await tenant.until(integrationId, { cleared: 2 });
    const { outcome, integrations } = await verified(tenant, { readBack: true });
    expect(outcome).toBe('HOLDS');
    expect(integrations[0]?.readBack).toMatchObject({ state: 'NOT_SUPPORTED', checked: 0 });
  });

  test('an integration that is not connected leaves the proof incomplete', async () => {
    const { tenant, integrationId } = await cleared(2);
    await disconnect(services, tenant.admin, { integrationId, confirm: true });
    const { outcome, integrations } = await verified(tenant, { readBack: true });
    expect(outcome).toBe('INCOMPLETE');
    expect(integrations[0]?.readBack).toMatchObject({ state: 'NOT_CONNECTED' });
  });

  test('a vendor that does not answer is asked a few times more, then the proof is incomplete', async () => {
    const { tenant, integrationId, marketo } = await cleared(2);
    marketo.fault({ kind: 'status', status: 503, times: null, path: '/rest/v1/leads.json' });
    let waits = 0;
    const { outcome, integrations } = await verified(tenant, {
      readBack: true,
      meanwhile: async (operationId) => {
        for await (const row of world.feed.operation(
          { orgId: tenant.orgId, operationId },
          AbortSignal.timeout(25_000),
        )) {
          const { phase, failures } = row.progress as { phase?: string; failures?: number };
          if (row.status === 'RUNNING' && phase === 'READ_BACK' && (failures ?? 0) > waits) {
            waits = failures ?? 0;
            await world.forward(121);
          }
        }
      },
    });
    expect(waits).toBe(4);
    expect(outcome).toBe('INCOMPLETE');
    expect(integrations.find((one) => one.integrationId === integrationId)?.readBack).toMatchObject({
      state: 'INTERRUPTED',
      problem: expect.any(String),
    });
    expect(lookUps({ marketo })).toHaveLength(5);
  });
});
