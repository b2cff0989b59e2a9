import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { syncItems } from '../../src/db/tables/index.ts';
import { lanes } from '../../src/domain/lane.ts';
import { disable } from '../../src/sync/disable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

async function explanationsOf(tenant: Tenant, integrationId: string): Promise<string[]> {
  const { reconciliation } = await new SchemaClient(services, tenant.viewer).data(
    `query ($id: ID!) { reconciliation(integrationId: $id) { items(orderBy: CAPTURED_AT_ASC, first: 100) { edges { node { explanation } } } } }`,
    { id: globalId('Integration', integrationId) },
  );
  return reconciliation.items.edges.map(({ node }: { node: { explanation: string } }) => node.explanation);
}

const minute = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`;

describe('one sentence about a lead', () => {
  test('that is held says by whom, since when and why', async () => {
    const tenant = await world.tenant();
    const { integrationId } = await tenant.connectMarketo();
    const eventId = await tenant.createEvent();
    await setSyncMode(services, tenant.admin, {
      integrationId,
      mode: 'MANUAL',
      confirm: true,
      reason: 'end-of-day check',
    });
    await tenant.capture(eventId, 1);
    expect(await explanationsOf(tenant, integrationId)).toEqual([
      expect.stringMatching(
        `^Held since ${minute} because Ada switched to Manual \\(end-of-day check\\); push the event, or switch back to Automatic\\.$`,
      ),
    ]);
    await setFieldMappings(services, tenant.admin, { integrationId, mappings: [] });
    await disable(services, tenant.operator, { integrationId });
    const [sentence] = await explanationsOf(tenant, integrationId);
    expect(sentence).toMatch(
      /because Otto disabled the integration, .* because Ada left nothing mapped, .* because Ada switched to Manual/,
    );
    expect(sentence).toMatch(
      /; enable the integration, then map its fields, then push the event, or switch back to Automatic\.$/,
    );
  });

  test('whose credentials were refused says what the vendor said', async () => {
    const tenant = await world.tenant();
    const { integrationId, marketo } = await tenant.connectMarketo();
    marketo.change({ kind: 'credentials', state: 'revoked' });
    marketo.change({ kind: 'token', state: 'invalid' });
    await tenant.capture(await tenant.createEvent(), 1);
    await tenant.until(integrationId, { frozen: 1 });
    expect(await explanationsOf(tenant, integrationId)).toEqual([
      expect.stringMatching(/because Marketo refused our credentials \(Marketo .+\); connect it again\.$/),
    ]);
  });

  test('that failed says so, and after a retry that it failed again for the same cause', async () => {
    const tenant = await world.tenant();
    const { integrationId, marketo } = await tenant.connectMarketo();
    const eventId = await tenant.createEvent();
    marketo.fault({ kind: 'record', code: '1007', email: String(leadOf(0).email), times: 2 });
    await tenant.capture(eventId, 2);
    await tenant.until(integrationId, { failed: 1, cleared: 1 });
    const [failed, cleared] = await explanationsOf(tenant, integrationId);
    expect(failed).toMatch(
      new RegExp(`^Failed at ${minute} in attempt 1: .+; merge the records at the vendor, then retry\\.$`),
    );
    expect(cleared).toMatch(new RegExp(`^At Marketo since ${minute} as record \\d+, with revision 1 of the lead; `));
    await tenant.untilRetry(
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] }),
    );
    const [again] = await explanationsOf(tenant, integrationId);
    expect(again).toMatch(/ in attempt 2, for the same cause as before it was retried: /);
  });

  test('that was taken off the list says by whom, also after it was edited', async () => {
    const tenant = await world.tenant();
    const { integrationId } = await tenant.connectMarketo();
    await setSyncMode(services, tenant.admin, { integrationId, mode: 'MANUAL', confirm: true });
    const [leadId = ''] = await tenant.capture(await tenant.createEvent(), 1);
    const [item] = await tenant.items(integrationId);
    await withdrawItems(services, tenant.operator, { integrationId, select: { syncItemIds: [item?.id ?? ''] } });
    await updateLead(services, tenant.admin, { leadId, company: 'Difference Engines' });
    const { node } = await new SchemaClient(services, tenant.viewer).data(
      'query ($id: ID!) { node(id: $id) { ... on SyncItem { explanation } } }',
      { id: globalId('SyncItem', item?.id ?? '') },
    );
    expect(node.explanation).toMatch(
      new RegExp(`^Otto took it off the work list at ${minute}; restore it to have it pushed\\.$`),
    );
  });

  test('that waits for a vendor says until when, and one that was pushed by hand says by whom', async () => {
    const tenant = await world.tenant();
    const { integrationId, marketo } = await tenant.connectMarketo();
    const eventId = await tenant.createEvent();
    marketo.fault({ kind: 'response', code: '606', path: '/rest/v1/leads.json' });
    await tenant.capture(eventId, 1);
    await tenant.untilIntegration(integrationId, ({ waits, vendorState }) => waits && vendorState === 'THROTTLED');
    await tenant.until(integrationId, { queued: 1, syncing: 0 });
    expect(await explanationsOf(tenant, integrationId)).toEqual([
      expect.stringMatching(
        `^Waits for Marketo, which asked us to slow down until ${minute}; it goes on by itself\\.$`,
      ),
    ]);
  });
});

describe('the place in line', () => {
  test('is the order in which leads are claimed: live ones, what a switch let go, what somebody retried, a backfill', async () => {
    const idle = await startWorld({ worker: false });
    const tenant = await idle.tenant();
    const { integrationId } = await tenant.connectMarketo();
    const eventId = await tenant.createEvent();
    const client = new SchemaClient(idle.services, tenant.viewer);
    await setSyncMode(idle.services, tenant.admin, { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.capture(eventId, 4); // 0 and 1 are flushed, 2 is retried, 3 is backfilled
    const items = await tenant.items(integrationId);
    const move = (index: number, columns: Partial<typeof syncItems.$inferInsert>) =>
      idle.services.db
        .update(syncItems)
        .set({ ...columns, version: sql`${syncItems.version} + 1`, cause: 'BACKFILLED' })
        .where(sql`${syncItems.id} = ${items[index]?.id}`);
    await move(3, { lane: lanes.BACKFILL });
    await move(2, { lane: lanes.RETRY, retryId: services.newId() });
    await setSyncMode(idle.services, tenant.admin, { integrationId, mode: 'AUTOMATIC' });
    await tenant.capture(eventId, 1); // 4 is live
    const { reconciliation } = await client.data(
      'query ($id: ID!) { reconciliation(integrationId: $id) { items(orderBy: CAPTURED_AT_ASC) { edges { node { explanation } } } } }',
      { id: globalId('Integration', integrationId) },
    );
    const words = reconciliation.items.edges.map(({ node }: { node: { explanation: string } }) =>
      node.explanation.replace(new RegExp(minute, 'g'), 'noon'),
    );
    expect(words.toSorted()).toEqual([
      'Waits for its turn as part of a backfill, which goes behind everything else, behind 4 others; it goes on by itself.',
      'Waits for its turn since Ada switched to Automatic at noon, behind 1 other; it goes on by itself.', // these two are due at one time
      'Waits for its turn since Ada switched to Automatic at noon, behind 1 other; it goes on by itself.',
      'Waits for its turn since somebody pushed it, behind 3 others; it goes on by itself.',
      'Waits for its turn, as the next one; it goes on by itself.',
    ]);
  });
});
