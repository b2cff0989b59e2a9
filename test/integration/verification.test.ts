import { and, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { pruneLogs } from '../../src/db/statements/prune.ts';
import { leads, syncItems } from '../../src/db/tables/index.ts';
import { ForbiddenError, NotFoundError } from '../../src/domain/errors.ts';
import { moveLead } from '../../src/sync/move-lead.ts';
import { restoreItems } from '../../src/sync/restore-items.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { cancelVerification, verify } from '../../src/sync/verification/verify.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';
import { verificationStand } from '../support/verification-stand.ts';

const world = await startWorld({ operations: { times: { sweepMs: 100 } } });
const { services } = world;
const { busyTenant, verified } = verificationStand(world);

/** Changes the database behind the triggers' back. */
async function behindTheTriggers(statement: ReturnType<typeof sql>): Promise<void> {
  await services.db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    await tx.execute(statement);
  });
}

describe('where nothing is wrong', () => {
  test('everything holds, and every captured lead is accounted for', async () => {
    const { tenant, integrationId, late } = await busyTenant();
    const { outcome, findings, integrations, operation } = await verified(tenant);
    expect(findings).toEqual([]);
    expect(outcome).toBe('HOLDS');
    const balanceOf = (id: string) => integrations.find((one) => one.integrationId === id)?.balance;
    const none = { captured: 10, notEnriched: 1, notTaken: 0, waiting: 0, failed: 0, cleared: 0, withdrawn: 0 };
    expect(balanceOf(integrationId)).toEqual({ ...none, waiting: 3, failed: 2, cleared: 4 });
    expect(balanceOf(late.integrationId)).toEqual({ ...none, notTaken: 6, cleared: 3 });
    expect(operation.done).toBe(operation.total);
    expect(operation.total).toBeGreaterThan(9 + 3);
  });

  test('leads that were withdrawn, restored and moved to another event are where they should be', async () => {
    const { tenant, integrationId } = await busyTenant();
    const items = await tenant.items(integrationId);
    const idOf = (status: string) => items.find((item) => item.status === status)?.id ?? '';
    const withdraw = (ids: string[]) =>
      withdrawItems(services, tenant.operator, { integrationId, select: { syncItemIds: ids } });
    await withdraw([idOf('CLEARED'), idOf('FAILED'), idOf('FROZEN')]);
    await restoreItems(services, tenant.operator, { integrationId, select: { syncItemIds: [idOf('FAILED')] } });
    const eventId = await tenant.createEvent();
    for (const item of items.filter(({ status }) => status !== 'SYNCING').slice(2, 8)) {
      await moveLead(services, tenant.operator, { leadId: item.leadId, eventId });
    }
    const { outcome, findings, integrations } = await verified(tenant);
    expect({ outcome, findings }).toEqual({ outcome: 'HOLDS', findings: [] });
    expect(integrations.find((one) => one.integrationId === integrationId)?.balance.withdrawn).toBe(2);
  });

  test('only one integration is looked at where one is named', async () => {
    const { tenant, late } = await busyTenant();
    const { outcome, integrations } = await verified(tenant, { integrationId: late.integrationId });
    expect(outcome).toBe('HOLDS');
    expect(integrations.map((one) => one.integrationId)).toEqual([late.integrationId]);
  });

  test('what retention has removed from the log is no gap, also when it removes while the log is looked at', async () => {
    const { tenant, integrationId } = await busyTenant();
    const { position } = await tenant.snapshot(integrationId);
    await services.db.execute(sql`
      update transitions set at = at - interval '100 days'
      where org_id = ${tenant.orgId} and integration_id = ${integrationId} and position <= ${position - 4}`);
    const { outcome, findings } = await verified(tenant, { meanwhile: () => pruneLogs(services.db, 90) });
    expect(await tenant.log(integrationId)).toHaveLength(4);
    expect({ outcome, findings }).toEqual({ outcome: 'HOLDS', findings: [] });
    expect(await verified(tenant)).toMatchObject({ outcome: 'HOLDS', findings: [] });
  });

  test('there is no false alarm while leads are captured, edited, pushed and retried and the mode is switched', async () => {
    const tenant = await world.tenant();
    const { integrationId } = await tenant.connectMarketo({ rateMax: null });
    await tenant.connectWebhook();
    const eventIds = await Promise.all([tenant.createEvent(), tenant.createEvent()]);
    let going = true;
    let moves = 0;
    const traffic = async (work: (round: number) => Promise<unknown>) => {
      for (let round = 0; going; round += 1) {
        await work(round);
        moves += 1;
      }
    };
    const captured: string[] = [];
    const running = [
      traffic(async (round) => {
        const leadsOfRound = Array.from({ length: 20 }, (_, index) =>
          leadOf(round * 20 + index, index % 7 === 0 ? { email: null } : index % 5 === 0 ? { enriched: false } : {}),
        );
        captured.push(...(await tenant.capture(eventIds[round % 2] ?? '', leadsOfRound)));
      }),
      traffic(async (round) => {
        const leadId = captured[(round * 13) % (captured.length || 1)];
        if (leadId)
          await updateLead(services, tenant.operator, { leadId, jobTitle: `Engineer ${round}`, enriched: true });
        else await tenant.capture(eventIds[0] ?? '', 1);
      }),
      traffic((round) =>
        setSyncMode(services, tenant.operator, {
          integrationId,
          mode: round % 2 ? 'AUTOMATIC' : 'MANUAL',
          confirm: true,
        }),
      ),
      traffic((round) =>
        retryEvent(services, tenant.operator, {
          integrationId,
          eventId: eventIds[round % 2] ?? '',
          groups: ['PRE_SYNC', 'FAILED'],
        }),
      ),
    ];
    const until = performance.now() + 4_000;
    let checks = 0;
    try {
      while (checks < 3 || performance.now() < until) {
        const { findings, outcome } = await verified(tenant);
        expect({ findings, outcome }).toEqual({ findings: [], outcome: 'HOLDS' });
        checks += 1;
      }
    } finally {
      going = false;
      await Promise.all(running);
    }
    expect(moves).toBeGreaterThan(20);
  });
});

describe('a database that somebody changed by hand', () => {
  interface Stand {
    tenant: Tenant;
    eventId: string;
    integrationId: string;
  }
  const itemOf = async ({ tenant, integrationId }: Stand, status: string) => {
    const found = (await tenant.items(integrationId)).find((item) => item.status === status);
    if (!found) throw new Error(`no item is ${status}`);
    return found;
  };

  test('a count that is wrong is named with its event, bucket and both numbers', async () => {
    const { tenant, eventId, integrationId } = await busyTenant();
    await services.db.execute(sql`
      update counts set n = n + 2 where org_id = ${tenant.orgId} and integration_id = ${integrationId} and bucket = 'CLEARED'`);
    const { outcome, findings } = await verified(tenant);
    expect(outcome).toBe('FINDINGS');
    expect(findings).toMatchObject([
      { kind: 'COUNT_WRONG', integrationId, eventId, message: 'The count of CLEARED says 6; there are 4.' },
      { kind: 'LEADS_UNACCOUNTED', integrationId, eventId },
    ]);
  });

  test('a count of leads that is wrong is named with its event', async () => {
    const { tenant, eventId } = await busyTenant();
    await services.db.execute(sql`update lead_counts set not_enriched = 0 where org_id = ${tenant.orgId}`);
    const { findings } = await verified(tenant);
    expect(findings[0]).toMatchObject({
      kind: 'LEAD_COUNT_WRONG',
      eventId,
      integrationId: null,
      message: 'The event has 10 leads, 1 of them not enriched; its count says 10 and 0.',
    });
    expect(findings.slice(1).map(({ kind }) => kind)).toEqual(['LEADS_UNACCOUNTED', 'LEADS_UNACCOUNTED']);
  });

  test('a row that is missing inside the log is a gap, and its lead is named', async () => {
    const stand = await busyTenant();
    const { tenant, integrationId } = stand;
    const item = await itemOf(stand, 'CLEARED');
    const ofItem = (await tenant.log(integrationId)).filter((row) => row.itemId === item.id);
    const claimed = ofItem.find((row) => row.cause === 'CLAIMED');
    await services.db.execute(sql`
      delete from transitions where org_id = ${tenant.orgId} and integration_id = ${integrationId} and position = ${claimed?.position}`);
    const { findings } = await verified(tenant);
    expect(findings).toMatchObject([
      {
        kind: 'LOG_GAP',
        position: claimed?.position,
        integrationId,
        message: `Position ${claimed?.position} is missing from the log.`,
      },
      { kind: 'LOG_CONTRADICTS_ITSELF', itemId: item.id, integrationId },
    ]);
  });

  test('rows that are missing at the end of the log are a gap', async () => {
    const { tenant, integrationId } = await busyTenant();
    const { position } = await tenant.snapshot(integrationId);
    await services.db.execute(sql`
      delete from transitions where org_id = ${tenant.orgId} and integration_id = ${integrationId} and position > ${position - 2}`);
    const { findings } = await verified(tenant);
    expect(findings.filter(({ kind }) => kind === 'LOG_GAP')).toMatchObject([
      { position: position - 1, message: `Positions ${position - 1} to ${position} are missing from the log.` },
    ]);
    expect(findings.filter(({ kind }) => kind === 'ITEM_CONTRADICTS_LOG')).toHaveLength(2);
  });

  test('a state that was changed behind the triggers is named with the lead, the list and the log', async () => {
    const stand = await busyTenant();
    const { tenant, integrationId } = stand;
    const item = await itemOf(stand, 'FROZEN');
    await behindTheTriggers(sql`
      update sync_items set state = 'CLEARED' where org_id = ${tenant.orgId} and id = ${item.id}`);
    const { findings } = await verified(tenant);
    expect(findings.filter(({ kind }) => kind === 'ITEM_CONTRADICTS_LOG')).toMatchObject([
      {
        itemId: item.id,
        integrationId,
        message: `The item is CLEARED at version 1; the log's last word of it is PENDING at version 1.`,
      },
    ]);
    expect(findings.filter(({ kind }) => kind === 'COUNT_WRONG').map(({ message }) => message)).toEqual([
      'The count of CLEARED says 4; there are 5.',
      'The count of PENDING says 3; there are 2.',
    ]);
  });

  test('an item that is gone is named, whether or not the counts know', async () => {
    const stand = await busyTenant();
    const { tenant, integrationId } = stand;
    const item = await itemOf(stand, 'CLEARED');
    await services.db.delete(syncItems).where(and(eq(syncItems.orgId, tenant.orgId), eq(syncItems.id, item.id)));
    const { findings } = await verified(tenant);
    expect(findings).toMatchObject([{ kind: 'ITEM_LOST', itemId: item.id, integrationId }]);
  });

  test('a lead that went to another event without its item is named', async () => {
    const stand = await busyTenant();
    const { tenant } = stand;
    const item = await itemOf(stand, 'FAILED');
    const other = await tenant.createEvent();
    await services.db.update(leads).set({ eventId: other }).where(eq(leads.id, item.leadId));
    const { findings } = await verified(tenant);
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'ITEM_CONTRADICTS_LEAD', itemId: item.id }));
  });
});

describe('who may', () => {
  test('operators verify, viewers do not; foreign and unknown integrations are not found', async () => {
    const { tenant, integrationId } = await busyTenant();
    const stranger = await world.tenant();
    const options = { integrationId, readBack: false };
    await expect(verify(services, tenant.viewer, options)).rejects.toThrow(ForbiddenError);
    await expect(verify(services, stranger.operator, options)).rejects.toThrow(NotFoundError);
    const id = await verify(services, tenant.operator, options);
    await expect(cancelVerification(services, tenant.viewer, id)).rejects.toThrow(ForbiddenError);
    await expect(cancelVerification(services, stranger.operator, id)).rejects.toThrow(NotFoundError);
    expect((await cancelVerification(services, tenant.operator, id)).status).not.toBe('RUNNING');
  });
});
