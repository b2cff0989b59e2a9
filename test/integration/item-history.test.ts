import { and, asc, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integrationChanges, pushAttempts, transitions } from '../../src/db/tables/index.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { retryEvent } from '../../src/sync/retry.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { Tenant as RowTenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf, marketoMappings } from '../support/tenant.ts';

const world = await startWorld();
const { services } = world;

const historyQuery = /* GraphQL */ `
  query ($id: ID!, $first: Int!, $after: String) {
    node(id: $id) { ... on SyncItem {
      history(first: $first, after: $after) {
        edges { cursor node {
          __typename
          ... on LeadStatusTransition { cursor cause by from to revision attempt error { category } }
          ... on IntegrationChange { id kind by reason }
          ... on PushAttempt { id pushReason: reason outcome attempt durationMs error { category } exchanges { request payload status answer } }
        } }
        pageInfo { hasNextPage endCursor }
      }
    } }
  }
`;

// biome-ignore lint/suspicious/noExplicitAny: entries of three types
type Entry = any;

async function readHistory(client: SchemaClient, itemId: string, first: number, between = async () => {}) {
  const entries: Entry[] = [];
  let after: string | null = null;
  for (;;) {
    const { node } = await client.data(historyQuery, { id: globalId('SyncItem', itemId), first, after });
    entries.push(...node.history.edges.map((edge: { node: Entry }) => edge.node));
    if (!node.history.pageInfo.hasNextPage) return entries;
    expect(node.history.edges).toHaveLength(first);
    after = node.history.pageInfo.endCursor;
    await between();
  }
}

const words = (entry: Entry): string => {
  if (entry.__typename === 'IntegrationChange')
    return `${entry.kind} by ${entry.by}${entry.reason ? `: ${entry.reason}` : ''}`;
  if (entry.__typename === 'PushAttempt') return `push ${entry.attempt} ${entry.pushReason} ${entry.outcome}`;
  return `${entry.cause} by ${entry.by}, ${entry.from} to ${entry.to}, revision ${entry.revision}`;
};

test('a history tells everything on the way of a lead: who held it and why, who let it go, every push, and what was changed meanwhile', async () => {
  const tenant = await world.tenant();
  const { integrationId, marketo } = await tenant.connectMarketo();
  const eventId = await tenant.createEvent();
  const reason = 'end-of-day check';
  await tenant.capture(eventId, [leadOf(99)]);
  await tenant.until(integrationId, { cleared: 1 });

  await disable(services, tenant.operator, { integrationId });
  const [leadId = ''] = await tenant.capture(eventId, [leadOf(0)]);
  await setSyncMode(services, tenant.admin, { integrationId, mode: 'MANUAL', confirm: true, reason });
  await enable(services, tenant.operator, { integrationId });
  await updateLead(services, tenant.operator, { leadId, company: 'Difference Engines' });
  marketo.fault({ kind: 'record', code: '1003', email: String(leadOf(0).email) });
  await tenant.untilRetry(await retryEvent(services, tenant.operator, { integrationId, eventId }));
  await setFieldMappings(services, tenant.admin, { integrationId, mappings: marketoMappings.slice(0, 3) });
  await tenant.untilRetry(await retryEvent(services, tenant.admin, { integrationId, eventId, groups: ['FAILED'] }));
  await disable(services, tenant.operator, { integrationId });

  const item = (await tenant.items(integrationId)).find((one) => one.leadId === leadId);
  const history = await readHistory(new SchemaClient(services, tenant.viewer), item?.id ?? '', 100);
  expect(history.map(words)).toEqual([
    'ANSWERED by Sluice, SYNCING to CLEARED, revision 2',
    'push 2 RETRIED CLEARED',
    'CLAIMED by Sluice, QUEUED to SYNCING, revision 2',
    'RETRIED by Ada, FAILED to QUEUED, revision 2',
    'MAPPING_CHANGED by Ada',
    'ANSWERED by Sluice, SYNCING to FAILED, revision 2',
    'push 1 RELEASED FAILED',
    'CLAIMED by Sluice, QUEUED to SYNCING, revision 2',
    'RELEASED by Otto, FROZEN to QUEUED, revision 2',
    'EDITED by Otto, FROZEN to FROZEN, revision 2',
    'ENABLED by Otto',
    `SYNC_MODE_CHANGED by Ada: ${reason}`,
    'CAPTURED by Otto, null to FROZEN, revision 1',
  ]);
  expect(history[6]).toMatchObject({
    error: { category: 'DATA_VALUE_VALIDATION' },
    exchanges: [
      {
        request: 'POST /rest/v1/leads.json',
        payload: { email: 'lead0@example.test', company: 'Difference Engines' },
        status: 200,
        answer: { status: 'skipped' },
      },
    ],
  });
  expect(history[1].exchanges[0].payload).not.toHaveProperty('company');
});

test('the pushes of a lead come newest first, in pages', async () => {
  const tenant = await world.tenant();
  const { integrationId, receiver } = await tenant.connectWebhook();
  const eventId = await tenant.createEvent();
  receiver.script(400, 400, 400);
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { failed: 1 });
  for (const _ of [2, 3, 4]) {
    await tenant.untilRetry(
      await retryEvent(services, tenant.operator, { integrationId, eventId, groups: ['FAILED'] }),
    );
  }
  const client = new SchemaClient(services, tenant.viewer);
  const [item] = await tenant.items(integrationId);
  const read = async (after: string | null) => {
    const { node } = await client.data(
      `query ($id: ID!, $after: String) { node(id: $id) { ... on SyncItem { pushAttempts(first: 3, after: $after) {
        edges { node { attempt reason outcome exchanges { status } } } pageInfo { hasNextPage endCursor } } } } }`,
      { id: globalId('SyncItem', item?.id ?? ''), after },
    );
    return node.pushAttempts;
  };
  const first = await read(null);
  const second = await read(first.pageInfo.endCursor);
  expect(second.pageInfo.hasNextPage).toBe(false);
  expect([...first.edges, ...second.edges].map(({ node }: Entry) => node)).toEqual([
    { attempt: 4, reason: 'RETRIED', outcome: 'CLEARED', exchanges: [{ status: 200 }] },
    { attempt: 3, reason: 'RETRIED', outcome: 'FAILED', exchanges: [{ status: 400 }] },
    { attempt: 2, reason: 'RETRIED', outcome: 'FAILED', exchanges: [{ status: 400 }] },
    { attempt: 1, reason: 'AUTOMATIC', outcome: 'FAILED', exchanges: [{ status: 400 }] },
  ]);
});

type Step =
  | 'edit'
  | 'claim'
  | 'fail'
  | 'clear'
  | 'recover'
  | 'withdraw'
  | 'manual'
  | 'automatic'
  | 'disable'
  | 'enable';
const steps: Step[] = [
  'edit',
  'claim',
  'fail',
  'clear',
  'recover',
  'withdraw',
  'manual',
  'automatic',
  'disable',
  'enable',
];

/** An item that went that way, and another one beside it that did half of it. */
async function wander(way: readonly Step[]) {
  const tenant = await RowTenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  const eventId = await tenant.createEvent();
  await setSyncMode(services, tenant.viewer(), { integrationId, mode: 'MANUAL', confirm: true });
  await tenant.captureLeads(eventId, 2);
  const [item, other] = (await tenant.listItems(integrationId)).map(({ id }) => id);
  if (!item || !other) throw new Error('there are no items');
  for (const [index, step] of way.entries()) {
    await take(tenant, integrationId, item, step);
    if (index % 2 === 0 && moving.has(step)) await take(tenant, integrationId, other, step);
  }
  return { tenant, integrationId, item };
}

const moving = new Set<Step>(['edit', 'claim', 'fail', 'clear', 'recover', 'withdraw']);

async function take(tenant: RowTenant, integrationId: string, item: string, step: Step): Promise<void> {
  const viewer = tenant.viewer();
  switch (step) {
    case 'edit':
      return tenant.move([item], { cause: 'EDITED' });
    case 'claim':
      return tenant.claim([item]);
    case 'fail':
    case 'clear': {
      await tenant.claim([item]);
      await (step === 'fail' ? tenant.fail([item]) : tenant.clear([item]));
      const [now] = (await tenant.listItems(integrationId)).filter(({ id }) => id === item);
      await services.db.insert(pushAttempts).values({
        orgId: tenant.orgId,
        itemId: item,
        integrationId,
        itemVersion: now?.version ?? 0,
        attempt: 1,
        reason: 'AUTOMATIC',
        startedAt: services.now(),
        durationMs: 1,
        outcome: step === 'fail' ? 'FAILED' : 'CLEARED',
        error: null,
        exchanges: [],
      });
      return;
    }
    case 'recover':
      return tenant.move([item], {
        state: 'PENDING',
        error: null,
        cause: 'RECOVERED',
        claim: null,
        claimedUntil: null,
      });
    case 'withdraw':
      return tenant.move([item], {
        state: 'WITHDRAWN',
        error: null,
        cause: 'WITHDRAWN',
        claim: null,
        claimedUntil: null,
      });
    case 'manual':
    case 'automatic':
      await setSyncMode(services, viewer, {
        integrationId,
        mode: step === 'manual' ? 'MANUAL' : 'AUTOMATIC',
        confirm: true,
      });
      return;
    case 'disable':
      await disable(services, viewer, { integrationId });
      return;
    case 'enable':
      await enable(services, viewer, { integrationId });
  }
}

/** The same history, counted together without pages. */
async function expectedHistory(tenant: RowTenant, integrationId: string, item: string): Promise<string[]> {
  const { db } = services;
  const { orgId } = tenant;
  const moves = await db
    .select()
    .from(transitions)
    .where(and(eq(transitions.orgId, orgId), eq(transitions.itemId, item)))
    .orderBy(asc(transitions.position));
  const changes = await db
    .select()
    .from(integrationChanges)
    .where(and(eq(integrationChanges.orgId, orgId), eq(integrationChanges.integrationId, integrationId)))
    .orderBy(asc(integrationChanges.position), asc(integrationChanges.id));
  const pushes = new Map(
    (await db.select().from(pushAttempts).where(eq(pushAttempts.itemId, item))).map((row) => [row.itemVersion, row]),
  );
  return moves
    .flatMap((move, index) => {
      const push = pushes.get(move.itemVersion);
      const next = moves[index + 1]?.position ?? Number.POSITIVE_INFINITY;
      const concerned = move.toStatus !== 'CLEARED' && move.toStatus !== 'WITHDRAWN';
      const meanwhile = concerned ? changes.filter(({ position }) => position >= move.position && position < next) : [];
      return [
        ...(push ? [`push ${push.outcome}`] : []),
        `move ${move.cause} ${move.fromStatus} ${move.toStatus}`,
        ...meanwhile.map(({ kind }) => `change ${kind}`),
      ];
    })
    .reverse();
}

const shortWords = (entry: Entry): string => {
  if (entry.__typename === 'IntegrationChange') return `change ${entry.kind}`;
  if (entry.__typename === 'PushAttempt') return `push ${entry.outcome}`;
  return `move ${entry.cause} ${entry.from} ${entry.to}`;
};

describe('pages of a history', () => {
  test('are the whole history in order, whatever the lead went through and whatever the size of a page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { minLength: 3, maxLength: 14 }), async (way) => {
        const { tenant, integrationId, item } = await wander(way);
        const client = new SchemaClient(services, tenant.viewer());
        const expected = await expectedHistory(tenant, integrationId, item);
        for (const first of [1, 2, 5, 100]) {
          expect((await readHistory(client, item, first)).map(shortWords)).toEqual(expected);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('neither repeat nor leave out anything while the lead moves on and the setting changes', async () => {
    const { tenant, integrationId, item } = await wander([
      'manual',
      'fail',
      'automatic',
      'edit',
      'clear',
      'recover',
      'disable',
    ]);
    const client = new SchemaClient(services, tenant.viewer());
    const before = (await readHistory(client, item, 100)).map(shortWords);
    const moves: Step[] = ['enable', 'fail', 'manual', 'edit', 'automatic', 'disable', 'clear', 'enable', 'recover'];
    const read = await readHistory(client, item, 2, async () => {
      const step = moves.shift();
      if (step) await take(tenant, integrationId, item, step);
    });
    expect(read.map(shortWords)).toEqual(before);
    expect(moves).toHaveLength(9 - Math.ceil(before.length / 2) + 1);
  });

  test('of another organization are not to be had', async () => {
    const { item } = await wander(['fail']);
    const stranger = await RowTenant.create(services);
    const { node } = await new SchemaClient(services, stranger.viewer()).data(historyQuery, {
      id: globalId('SyncItem', item),
      first: 5,
    });
    expect(node).toBeNull();
  });
});
