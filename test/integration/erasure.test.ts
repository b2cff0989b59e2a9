import { asc, eq, sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueItems } from '../../src/db/statements/claim.ts';
import { listLeadsToPush } from '../../src/db/statements/leads.ts';
import { leads, pushAttempts, syncItems, transitions } from '../../src/db/tables/index.ts';
import { captureLeads } from '../../src/sync/capture-leads.ts';
import { openConnection } from '../../src/sync/connection.ts';
import { prepare } from '../../src/sync/engine/prepare.ts';
import { eraseLead } from '../../src/sync/erase-lead.ts';
import { encodeCursor } from '../../src/sync/log.ts';
import { moveLead } from '../../src/sync/move-lead.ts';
import { restoreItems } from '../../src/sync/restore-items.ts';
import { retry } from '../../src/sync/retry.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { violationsOf } from '../support/log-check.ts';
import { leadOf, type Tenant } from '../support/tenant.ts';

const world = await startWorld({ times: { requestMs: 1_000 } });
const { services } = world;

const erase = /* GraphQL */ `
  mutation ($input: EraseLeadInput!) {
    done: eraseLead(input: $input) {
      __typename
      ... on EraseLeadSuccess {
        lead { id erasedAt externalId firstName email qualifiers { name } attributes { name } revision enrichment syncItems { status error { message } availableActions } }
        remoteRecords { integration { name } status remoteId }
      }
      ... on ConfirmationRequiredError { message affectedLeads }
      ... on ForbiddenError { requiredRole }
    }
  }
`;

/** A person whose every value begins with a word that is nobody else's. */
function personOf(word: string) {
  return {
    externalId: `${word}-badge`,
    firstName: `${word}-first`,
    lastName: `${word}-last`,
    email: `${word}-mail@example.test`,
    company: `${word}-company`,
    jobTitle: `${word}-title`,
    phone: `${word}-phone`,
    qualifiers: [{ name: `${word}-question`, values: [`${word}-answer`] }],
    attributes: [{ name: `${word}-attribute`, value: `${word}-value` }],
  };
}
const valuesOf = (person: ReturnType<typeof personOf>): string[] =>
  Object.values(person).flatMap((value) =>
    typeof value === 'string' ? [value] : value.flatMap((one) => Object.values(one).flat()),
  );
const aWord = () => `zz${services.newId().slice(-12)}`;

/** Which of the texts are anywhere in the database: in any column of any row of any table. */
async function findAnywhere(texts: readonly string[]): Promise<string[]> {
  const tables = await services.db.execute<{ name: string }>(sql`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`);
  expect(tables.length).toBeGreaterThan(20);
  const found = new Set<string>();
  for (const { name } of tables) {
    const rows = await services.db.execute<{ row: string }>(sql.raw(`select t::text as row from ${name} t`));
    for (const { row } of rows) for (const text of texts) if (row.toLowerCase().includes(text)) found.add(text);
  }
  return texts.filter((text) => found.has(text));
}

const items = (tenant: Tenant) =>
  services.db.select().from(syncItems).where(eq(syncItems.orgId, tenant.orgId)).orderBy(asc(syncItems.integrationId));

const eraseAs = (tenant: Tenant, leadId: string) => eraseLead(services, tenant.admin, { leadId, confirm: true });

const refusalOf = async (refused: Promise<unknown>) => {
  const error = await refused.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error && { name: (error as Error).constructor.name, ...(error as object) };
};

/** A person who is CLEARED at one vendor, FAILED with its own words at another, and frozen before a third. */
async function givenPerson() {
  const person = personOf(aWord());
  const tenant = await world.tenant();
  const eventId = await tenant.createEvent();
  const cleared = await tenant.connectWebhook();
  const failed = await tenant.connectWebhook();
  const frozen = await tenant.connectWebhook();
  await setSyncMode(services, tenant.operator, { integrationId: frozen.integrationId, mode: 'MANUAL', confirm: true });
  failed.receiver.script({ status: 400, body: `no room for ${person.email}` });
  const [leadId = ''] = await tenant.capture(eventId, [person]);
  await tenant.until(cleared.integrationId, { cleared: 1 });
  await tenant.until(failed.integrationId, { failed: 1 });
  return { tenant, eventId, leadId, person, cleared, failed, frozen };
}

describe('an erased person', () => {
  test('is in no table any more: not in the lead, the items, the attempts, the log, or what was searched for', async () => {
    const { tenant, leadId, person, failed } = await givenPerson();
    const { integrationId, receiver } = failed;
    receiver.script({ status: 400, body: `no room for ${person.email}` });
    const retryId = await retry(services, tenant.operator, {
      integrationId,
      select: { filter: { search: person.firstName } },
    });
    await tenant.untilRetry(retryId);
    await services.db
      .update(syncItems)
      .set({ failedValue: person.attributes[0]?.value ?? '' })
      .where(eq(syncItems.leadId, leadId));
    expect(await findAnywhere(valuesOf(person))).toEqual(valuesOf(person));
    await eraseAs(tenant, leadId);
    expect(await findAnywhere(valuesOf(person))).toEqual([]);
  });

  test('leaves ids, moves and counts as they are, and says where it was sent to', async () => {
    const { tenant, leadId, cleared, failed, frozen } = await givenPerson();
    const client = new SchemaClient(services, tenant.admin);
    const input = { leadId: globalId('Lead', leadId), confirm: true };
    const { done } = await client.data(erase, { input });
    expect(done).toMatchObject({
      __typename: 'EraseLeadSuccess',
      lead: {
        id: globalId('Lead', leadId),
        erasedAt: expect.any(String),
        externalId: null,
        firstName: null,
        email: null,
        qualifiers: [],
        attributes: [],
        revision: 2,
        enrichment: 'ENRICHED',
      },
      remoteRecords: [{ status: 'CLEARED' }],
    });
    const statuses = done.lead.syncItems.map((item: { status: string }) => item.status).sort();
    expect(statuses).toEqual(['CLEARED', 'WITHDRAWN', 'WITHDRAWN']);
    for (const item of done.lead.syncItems) expect(item).toMatchObject({ error: null, availableActions: [] });
    expect(await tenant.counts(cleared.integrationId)).toMatchObject({ cleared: 1 });
    for (const { integrationId } of [cleared, failed, frozen])
      expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
    const log = await tenant.log(failed.integrationId);
    expect(log.map(({ toStatus, cause }) => `${toStatus} ${cause}`)).toEqual([
      'QUEUED CAPTURED',
      'SYNCING CLAIMED',
      'FAILED ANSWERED',
      'WITHDRAWN ERASED',
    ]);
    expect(log[2]?.error).toMatchObject({ category: 'WEBHOOK_REJECTED', vendorCode: '400', vendorMessage: null });
    expect(log[3]).toMatchObject({ causedBy: 'Ada', error: null });
    const attempts = await services.db
      .select()
      .from(pushAttempts)
      .where(sql`${pushAttempts.itemId} in (select id from sync_items where lead_id = ${leadId})`);
    expect(attempts.map(({ outcome, exchanges }) => ({ outcome, exchanges }))).toEqual(
      expect.arrayContaining([
        { outcome: 'CLEARED', exchanges: [] },
        { outcome: 'FAILED', exchanges: [] },
      ]),
    );
  });

  test('is found by no search, and by no list but that of WITHDRAWN leads', async () => {
    const { tenant, leadId, person, failed } = await givenPerson();
    await eraseAs(tenant, leadId);
    const query = `query ($id: ID!) { reconciliation(integrationId: $id) {
      withdrawn counts { total } name: items(search: "${person.firstName}") { edges { node { id } } } mail: items(status: WITHDRAWN, search: "${person.email}") { totalCount }
      withdrawnItems: items(status: WITHDRAWN) { edges { node { lead { email externalId company } } } } } }`;
    const id = globalId('Integration', failed.integrationId);
    const { reconciliation } = await new SchemaClient(services, tenant.viewer).data(query, { id });
    expect(reconciliation).toEqual({
      withdrawn: 1,
      counts: { total: 0 },
      name: { edges: [] },
      mail: { totalCount: 0 },
      withdrawnItems: { edges: [{ node: { lead: { email: null, externalId: null, company: null } } }] },
    });
  });

  test('is told to subscribers, who are handed none of the words that were kept for them', async () => {
    const tenant = await world.tenant();
    const person = personOf(aWord());
    const eventId = await tenant.createEvent();
    const { integrationId, receiver } = await tenant.connectWebhook();
    const here = async () => {
      const { position, logEpoch } = await tenant.snapshot(integrationId);
      return encodeCursor({ integrationId, logEpoch, position });
    };
    const watch = (after: string) =>
      world.feed.transitions(
        { orgId: tenant.orgId, integrationId, eventId: null, after, batchMax: 100, heartbeats: false },
        AbortSignal.timeout(20_000),
      );
    const until = async (stream: ReturnType<typeof watch>, cause: string) => {
      const rows = [];
      for (;;) {
        const next = await stream.next();
        if (next.done) throw new Error('the stream has ended');
        rows.push(...next.value.transitions);
        if (rows.some((row) => row.cause === cause)) return rows;
      }
    };
    const first = watch(await here());
    await tenant.capture(eventId, [leadOf(1)]);
    await until(first, 'ANSWERED'); // from here on the log is watched, and its newest rows are kept in memory
    const after = await here();
    receiver.script({ status: 400, body: `no room for ${person.email}` });
    const [leadId = ''] = await tenant.capture(eventId, [person]);
    expect(JSON.stringify(await until(first, 'ANSWERED'))).toContain(person.email);
    await eraseAs(tenant, leadId);
    await until(first, 'ERASED');
    const second = watch(after);
    const told = await until(second, 'ERASED');
    expect(told.map(({ toStatus }) => toStatus)).toEqual(['QUEUED', 'SYNCING', 'FAILED', 'WITHDRAWN']);
    expect(JSON.stringify(told)).not.toContain(person.email);
    await first.return?.();
    await second.return?.();
  });

  test('comes back by no capture, edit, move, retry or restore', async () => {
    const { tenant, eventId, leadId, person, failed } = await givenPerson();
    await eraseAs(tenant, leadId);
    const before = await services.db.select().from(leads).where(eq(leads.id, leadId));
    const { integrationId } = failed;
    const [item] = (await items(tenant)).filter((one) => one.integrationId === integrationId);
    const select = { syncItemIds: [item?.id ?? ''] };
    const otherEvent = await tenant.createEvent();
    const attempts = {
      capture: () =>
        captureLeads(services, tenant.operator, {
          eventId,
          leads: [leadOf(1), { externalId: person.externalId, firstName: 'zz' }],
        }),
      edit: () => updateLead(services, tenant.operator, { leadId, firstName: 'zz' }),
      move: () => moveLead(services, tenant.operator, { leadId, eventId: otherEvent }),
      retry: () => retry(services, tenant.operator, { integrationId, select }),
      restore: () => restoreItems(services, tenant.operator, { integrationId, select }),
    };
    const path = async (attempt: () => Promise<unknown>) =>
      ((await refusalOf(attempt())) as { fieldErrors?: { path: string }[] } | null)?.fieldErrors?.map(
        (one) => one.path,
      );
    expect(await path(attempts.capture)).toEqual(['leads.1.externalId']);
    expect(await path(attempts.edit)).toEqual(['leadId']);
    expect(await path(attempts.move)).toEqual(['leadId']);
    expect(await path(attempts.retry)).toEqual(['select.syncItemIds.0']);
    expect(await path(attempts.restore)).toEqual(['select.syncItemIds.0']);
    expect(await restoreItems(services, tenant.operator, { integrationId, select: { filter: {} } })).toBe(0);
    expect(await services.db.select().from(leads).where(eq(leads.id, leadId))).toEqual(before);
    expect(await services.db.select().from(leads).where(eq(leads.orgId, tenant.orgId))).toHaveLength(1);
  });

  test('is another person at another event, and under another externalId', async () => {
    const { tenant, eventId, leadId, person } = await givenPerson();
    await eraseAs(tenant, leadId);
    const elsewhere = await tenant.createEvent();
    const [other = ''] = await tenant.capture(elsewhere, [person]);
    await tenant.capture(eventId, [{ ...person, externalId: `${person.externalId}-2` }]);
    expect(await refusalOf(moveLead(services, tenant.operator, { leadId: other, eventId }))).toMatchObject({
      fieldErrors: [{ path: 'eventId' }],
    });
  });

  test('is not sent where its push had begun and its values were not read yet', async () => {
    const { tenant, leadId, frozen } = await givenPerson();
    const { orgId, integrationId } = frozen;
    const [item] = (await items(tenant)).filter((one) => one.integrationId === integrationId);
    await services.db
      .update(syncItems)
      .set({ releaseEpoch: 2, dueAt: new Date(Date.now() - 1_000) })
      .where(eq(syncItems.id, item?.id ?? ''));
    const token = services.newId();
    const claimed = await claimDueItems(services.db, {
      ...{ orgId, integrationId, token, claimSeconds: 60, limit: 1, busyKeys: [], except: [], only: null },
      liveOnly: false,
    });
    expect(claimed).toHaveLength(1);
    await eraseAs(tenant, leadId);
    const connection = await openConnection(services, services.db, orgId, integrationId);
    if (!connection) throw new Error('it is connected');
    const rows = await listLeadsToPush(services.db, orgId, integrationId, [leadId]);
    expect(prepare({ connection, mappings: [], fields: [] }, { token, items: claimed }, rows)).toMatchObject([
      { problem: { message: 'The person was erased.' } },
    ]);
  });
});

test('a push under way is recorded when it is answered, without a word of it', async () => {
  const tenant = await world.tenant();
  const person = personOf(aWord());
  const eventId = await tenant.createEvent();
  const { integrationId, receiver } = await tenant.connectWebhook();
  receiver.fault({ kind: 'hang', times: 1 });
  const [leadId = ''] = await tenant.capture(eventId, [person]);
  await receiver.untilHanging();
  const client = new SchemaClient(services, tenant.admin);
  const { done } = await client.data(erase, { input: { leadId: globalId('Lead', leadId), confirm: true } });
  expect(done.remoteRecords).toMatchObject([{ status: 'SYNCING' }]);
  receiver.clearFaults();
  await tenant.untilItems(integrationId, ([item]) => item?.state === 'WITHDRAWN');
  const log = await services.db
    .select()
    .from(transitions)
    .where(eq(transitions.leadId, leadId))
    .orderBy(asc(transitions.position));
  expect(log.slice(1).map(({ toStatus, cause }) => `${toStatus} ${cause}`)).toEqual([
    'SYNCING CLAIMED',
    'SYNCING ERASED',
    'WITHDRAWN ERASED',
  ]);
  expect(await findAnywhere(valuesOf(person))).toEqual([]);
  expect(await violationsOf(services, tenant, integrationId)).toEqual([]);
});

test('erasing needs an administrator who confirms it, and can be repeated', async () => {
  const { tenant, leadId, person } = await givenPerson();
  const ask = async (viewer: Tenant['admin'], more: object = {}) =>
    (await new SchemaClient(services, viewer).data(erase, { input: { leadId: globalId('Lead', leadId), ...more } }))
      .done;
  expect(await ask(tenant.operator, { confirm: true })).toEqual({
    __typename: 'ForbiddenError',
    requiredRole: 'ADMIN',
  });
  expect(await ask(tenant.admin)).toMatchObject({ __typename: 'ConfirmationRequiredError', affectedLeads: 1 });
  const stranger = await world.tenant();
  expect(await ask(stranger.admin, { confirm: true })).toEqual({ __typename: 'NotFoundError' });
  const [lead] = await services.db.select().from(leads).where(eq(leads.id, leadId));
  expect(lead).toMatchObject({ email: person.email, erasedAt: null });
  const first = await ask(tenant.admin, { confirm: true });
  expect(await ask(tenant.admin, { confirm: true })).toEqual(first);
});
