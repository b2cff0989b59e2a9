import { and, asc, eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { settleItems } from '../../src/db/statements/settle.ts';
import { activity, integrationChanges, leadCounts, leads, syncItems, transitions } from '../../src/db/tables/index.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { withdrawItems } from '../../src/sync/withdraw-items.ts';
import { startWorld } from '../support/engine.ts';
import { Tenant as Rows } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { Tenant } from '../support/tenant.ts';

const world = await startWorld({ worker: false });
const { services } = world;

const move = /* GraphQL */ `
  mutation ($input: MoveLeadInput!) {
    done: moveLead(input: $input) {
      __typename
      ... on MoveLeadSuccess { lead { revision event { id } syncItems { status event { id } } } }
      ... on ValidationError { fieldErrors { path } }
      ... on StaleVersionError { currentVersion }
      ... on ForbiddenError { requiredRole }
    }
  }
`;

/** A lead at one of two events, waiting for one integration; nobody works on it. */
async function givenLead(lead = {}) {
  const rows = await Rows.create(services);
  const tenant = new Tenant(world, rows.orgId);
  const integrationId = await rows.createIntegration();
  await services.db.insert(integrationChanges).values({
    ...{ orgId: rows.orgId, id: services.newId(), integrationId, at: services.now(), by: 'Ada' },
    ...{ kind: 'CREATED', version: 1, position: 0 },
  });
  const [from, to] = [await rows.createEvent(), await rows.createEvent()];
  const [leadId = ''] = await rows.captureLeads(from, 1, lead);
  const [item] = await rows.listItems(integrationId);
  if (!item) throw new Error('nothing was captured');
  const client = new SchemaClient(services, rows.viewer('OPERATOR'), world.feed);
  const moveTo = async (eventId: string, more: object = {}) => {
    const input = { leadId: globalId('Lead', leadId), eventId: globalId('Event', eventId), ...more };
    return (await client.data(move, { input })).done;
  };
  const read = async () => (await rows.listItems(integrationId)).find((one) => one.id === item.id);
  const capturedAt = async (eventId: string) =>
    (await services.db.select().from(leadCounts).where(eq(leadCounts.eventId, eventId)))[0]?.captured ?? 0;
  return { rows, tenant, integrationId, from, to, leadId, itemId: item.id, client, moveTo, read, capturedAt };
}

const logOf = (itemId: string) =>
  services.db.select().from(transitions).where(eq(transitions.itemId, itemId)).orderBy(asc(transitions.position));

test('a moved lead is at the new event, and in the counts of that one alone', async () => {
  const { tenant, integrationId, from, to, moveTo, capturedAt } = await givenLead();
  expect(await moveTo(to)).toEqual({
    __typename: 'MoveLeadSuccess',
    lead: {
      revision: 2,
      event: { id: globalId('Event', to) },
      syncItems: [{ status: 'QUEUED', event: { id: globalId('Event', to) } }],
    },
  });
  expect(await tenant.counts(integrationId, from)).toMatchObject({ queued: 0 });
  expect(await tenant.counts(integrationId, to)).toMatchObject({ queued: 1 });
  expect(await tenant.counts(integrationId)).toMatchObject({ queued: 1 });
  expect([await capturedAt(from), await capturedAt(to)]).toEqual([0, 1]);
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('the log has two moves, out of the old event and into the new one, with a version each', async () => {
  const { from, to, itemId, moveTo, read } = await givenLead();
  await moveTo(to);
  const moved = (await logOf(itemId)).slice(1);
  const { version } = (await read()) ?? { version: 0 };
  expect(moved).toMatchObject([
    { eventId: from, fromStatus: 'QUEUED', toStatus: 'WITHDRAWN', cause: 'MOVED', itemVersion: version - 1 },
    { eventId: to, fromStatus: null, toStatus: 'QUEUED', cause: 'MOVED', itemVersion: version },
  ]);
  expect(moved[1]?.position).toBe((moved[0]?.position ?? 0) + 1);
});

test('whoever watches one of the events sees its half, and the counts of each follow from what he sees', async () => {
  const { rows, tenant, integrationId, from, to, itemId, moveTo } = await givenLead();
  await rows.captureLeads(from, 2);
  await rows.captureLeads(to, 1);
  await rows.fail([itemId]);
  const { position, logEpoch } = await tenant.snapshot(integrationId);
  const before = { [from]: await tenant.counts(integrationId, from), [to]: await tenant.counts(integrationId, to) };
  expect(before).toMatchObject({ [from]: { failed: 1, queued: 2 }, [to]: { failed: 0, queued: 1 } });
  await moveTo(to);
  const watch = async (eventId: string) => {
    const after = encodeCursor({ integrationId, logEpoch, position });
    const options = { orgId: rows.orgId, integrationId, eventId, after, batchMax: 10, heartbeats: false };
    const stream = world.feed.transitions(options, AbortSignal.timeout(20_000));
    const next = await stream.next();
    await stream.return?.();
    if (next.done) throw new Error('the stream has ended');
    return next.value.transitions.map(({ fromStatus, toStatus }) => ({ fromStatus, toStatus }));
  };
  expect(await watch(from)).toEqual([{ fromStatus: 'FAILED', toStatus: 'WITHDRAWN' }]);
  expect(await watch(to)).toEqual([{ fromStatus: null, toStatus: 'FAILED' }]);
  expect(await tenant.counts(integrationId, from)).toMatchObject({ failed: 0, queued: 2 });
  expect(await tenant.counts(integrationId, to)).toMatchObject({ failed: 1, queued: 1 });
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('what failed stays FAILED, and what was withdrawn stays WITHDRAWN', async () => {
  const failed = await givenLead();
  await failed.rows.fail([failed.itemId], 'DUPLICATE');
  await failed.moveTo(failed.to);
  expect(await failed.read()).toMatchObject({ state: 'FAILED', eventId: failed.to, category: 'DUPLICATE' });

  const { rows, tenant, integrationId, itemId, from, to, moveTo, read } = await givenLead();
  await withdrawItems(services, rows.viewer(), { integrationId, select: { syncItemIds: [itemId] } });
  await moveTo(to);
  expect(await read()).toMatchObject({ state: 'WITHDRAWN', eventId: to });
  expect((await tenant.snapshot(integrationId, from)).withdrawn).toBe(0);
  expect((await tenant.snapshot(integrationId, to)).withdrawn).toBe(1);
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('what is in flight finishes, and goes again', async () => {
  const { rows, itemId, moveTo, to, read } = await givenLead();
  await rows.claim([itemId]);
  await moveTo(to);
  const item = await read();
  expect(item).toMatchObject({ state: 'SYNCING', eventId: to });
  await settleItems(services.db, rows.orgId, [
    {
      id: itemId,
      claim: item?.claim ?? '',
      outcome: 'CLEARED',
      cause: 'ANSWERED',
      begun: true,
      sentRevision: 1,
      remoteId: 'remote-1',
      written: null,
      digest: null,
      accountGeneration: 1,
      error: null,
      dueInMs: 0,
      failures: 0,
      failedValue: null,
      refusedDigest: null,
      attempt: null,
    },
  ]);
  expect(await read()).toMatchObject({ state: 'PENDING', remoteId: 'remote-1', syncedRevision: 1, revision: 2 });
});

test('a lead that arrives is not counted as captured a second time', async () => {
  const { rows, to, moveTo } = await givenLead();
  await moveTo(to);
  const minutes = await services.db.select().from(activity).where(eq(activity.orgId, rows.orgId));
  expect(minutes.reduce((sum, minute) => sum + minute.captured, 0)).toBe(1);
});

test('a lead without enrichment moves, too: it is on no list, and counts as not enriched at the new event', async () => {
  const { rows, from, to, moveTo, client } = await givenLead();
  const [leadId = ''] = await rows.captureLeads(from, 1, { enriched: false });
  const input = { leadId: globalId('Lead', leadId), eventId: globalId('Event', to) };
  expect((await client.data(move, { input })).done).toMatchObject({ lead: { revision: 2, syncItems: [] } });
  const counted = await services.db
    .select()
    .from(leadCounts)
    .where(and(eq(leadCounts.orgId, rows.orgId), eq(leadCounts.eventId, to)));
  expect(counted).toMatchObject([{ captured: 1, notEnriched: 1 }]);
  expect(await moveTo(from)).toMatchObject({ lead: { revision: 1 } });
});

test('moving a lead to where it is changes nothing', async () => {
  const { from, itemId, moveTo } = await givenLead();
  const log = await logOf(itemId);
  expect(await moveTo(from)).toMatchObject({ lead: { revision: 1, event: { id: globalId('Event', from) } } });
  expect(await logOf(itemId)).toEqual(log);
});

test('a move is refused where the externalId is taken, the revision is another, or there is no such event', async () => {
  const { rows, from, to, leadId, moveTo } = await givenLead({ externalId: 'badge-1' });
  const stranger = await Rows.create(services);
  await rows.captureLeads(to, 1, { externalId: 'badge-1' });
  expect(await moveTo(to)).toEqual({ __typename: 'ValidationError', fieldErrors: [{ path: 'eventId' }] });
  expect(await moveTo(await rows.createEvent(), { expectedRevision: 7 })).toEqual({
    __typename: 'StaleVersionError',
    currentVersion: 1,
  });
  expect(await moveTo(await stranger.createEvent())).toEqual({ __typename: 'NotFoundError' });
  const [lead] = await services.db.select().from(leads).where(eq(leads.id, leadId));
  expect(lead).toMatchObject({ eventId: from, revision: 1 });
});

test('viewers may not move leads', async () => {
  const { rows, leadId, to } = await givenLead();
  const client = new SchemaClient(services, rows.viewer('VIEWER'));
  const input = { leadId: globalId('Lead', leadId), eventId: globalId('Event', to) };
  expect((await client.data(move, { input })).done).toEqual({
    __typename: 'ForbiddenError',
    requiredRole: 'OPERATOR',
  });
});

test('moves and edits of the same leads at the same time lose nothing and do not wait for each other for ever', async () => {
  const { rows, tenant, integrationId, from, to } = await givenLead();
  await rows.createIntegration();
  const leadIds = await rows.captureLeads(from, 4);
  const rounds = leadIds.flatMap((leadId, index) => [
    (async () => {
      const client = new SchemaClient(services, rows.viewer());
      for (const eventId of [to, from, to]) {
        const input = { leadId: globalId('Lead', leadId), eventId: globalId('Event', eventId) };
        await client.data(move, { input });
      }
    })(),
    (async () => {
      for (const company of ['a', 'b', 'c'])
        await updateLead(services, rows.viewer(), { leadId, company: `${company}${index}` });
    })(),
  ]);
  await Promise.all(rounds);
  expect(await tenant.counts(integrationId, to)).toMatchObject({ queued: 4 });
  const items = await services.db.select().from(syncItems).where(eq(syncItems.orgId, rows.orgId));
  expect(items.filter((item) => item.eventId === to).map((item) => item.revision)).toEqual(Array(8).fill(7));
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('a lead that is at the vendor is sent there again with its new event', async () => {
  const tenant = await world.tenant();
  const { integrationId, receiver } = await tenant.connectWebhook();
  const [from, to] = [await tenant.createEvent('Expo'), await tenant.createEvent('Summit')];
  const worker = await world.startWorker();
  try {
    const [leadId = ''] = await tenant.capture(from, 1);
    await tenant.until(integrationId, { cleared: 1 }, from);
    const client = new SchemaClient(services, tenant.operator);
    const input = { leadId: globalId('Lead', leadId), eventId: globalId('Event', to) };
    await client.data(move, { input });
    await tenant.until(integrationId, { cleared: 1 }, to);
    const events = receiver
      .deliveries()
      .map(({ body }) => (JSON.parse(body) as { data: { event: { name: string } } }).data.event);
    expect(events.map(({ name }) => name)).toEqual(['Expo', 'Summit']);
    expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
  } finally {
    await worker.stop();
  }
});
