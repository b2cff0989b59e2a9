import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ItemFilter, ItemPage } from '../../src/db/statements/item-filter.ts';
import { countItems, listItemPages } from '../../src/db/statements/item-pages.ts';
import type { SyncState } from '../../src/domain/lifecycle.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';

// More leads than a search starts from, so that every way it may go is gone: see item-search.ts.
const services = await createServices((await createDatabase()).open());
const { db } = services;
const tenant = await Tenant.create(services);
const integrationId = await tenant.createIntegration('WEBHOOK');
const eventIds = [await tenant.createEvent(), await tenant.createEvent()];

interface Person {
  name: string;
  state: SyncState;
}

/** The i-th lead, by capture. */
function personOf(i: number): Person {
  const names = ['everybody'];
  if (i <= 10_500) names.push('oldcrowd'); // many, all of them far down from the newest
  if (i % 37 === 0) names.push('some');
  if (i === 5_000 || i === 15_900) names.push('two');
  const state = i % 400 === 0 ? 'FAILED' : i % 4 === 0 ? 'CLEARED' : i % 1_000 === 1 ? 'WITHDRAWN' : 'PENDING';
  return { name: names.join(' '), state };
}
const count = 16_000;
const people = Array.from({ length: count }, (_, index) => personOf(index + 1));

beforeAll(async () => {
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`); // what the lists read, without the log
    await tx.execute(sql`
      with person as (
        select row_number() over () as i, * from jsonb_to_recordset(${JSON.stringify(people)}::jsonb) as p(name text, state text)),
      lead as (
        insert into leads (org_id, id, event_id, first_name, qualifiers, attributes, enriched_at, captured_at)
        select ${tenant.orgId}::uuid, ('0190aaaa-0000-7000-8000-' || lpad(to_hex(i * 7919 % 100003), 12, '0'))::uuid,
          (${sql.param(eventIds)}::uuid[])[1 + i % 2], name, '[]'::jsonb, '[]'::jsonb, now(), timestamptz '2026-01-01' + (i / 5) * interval '1 second'
        from person)
      insert into sync_items (org_id, id, integration_id, event_id, lead_id, captured_at, state, error, cause)
      select ${tenant.orgId}::uuid, ('0190bbbb-0000-7000-8000-' || lpad(to_hex(i * 104729 % 1000003), 12, '0'))::uuid, ${integrationId}::uuid,
        (${sql.param(eventIds)}::uuid[])[1 + i % 2], ('0190aaaa-0000-7000-8000-' || lpad(to_hex(i * 7919 % 100003), 12, '0'))::uuid,
        timestamptz '2026-01-01' + (i / 5) * interval '1 second', state,
        case when state = 'FAILED' then '{"category": "UNKNOWN", "message": "", "vendorCode": null, "vendorMessage": null, "remoteField": "Phone"}'::jsonb end,
        'CAPTURED'
      from person`);
  });
  await db.execute(sql`analyze leads`);
  await db.execute(sql`analyze sync_items`);
});

const all: ItemFilter = {
  statuses: ['FROZEN', 'QUEUED', 'SYNCING', 'FAILED', 'CLEARED'],
  categories: null,
  remoteField: null,
  eventId: null,
  search: null,
  capturedFrom: null,
  capturedUntil: null,
};

/** What must be found, said as simply as it can be. */
async function expected(
  { statuses, search, eventId, capturedFrom, capturedUntil }: ItemFilter,
  order: 'asc' | 'desc',
): Promise<string[]> {
  const states = statuses.flatMap((status) => (status === 'FROZEN' || status === 'QUEUED' ? ['PENDING'] : [status]));
  const rows = await db.execute<{ id: string }>(sql`
    select s.id from sync_items s join leads l on l.id = s.lead_id
    where s.integration_id = ${integrationId} and s.state = any(${sql.param(states)}::text[])
      and (${search}::text is null or l.search_text like '%' || ${search}::text || '%') and (${eventId}::uuid is null or s.event_id = ${eventId}::uuid)
      and (${capturedFrom}::timestamptz is null or s.captured_at >= ${capturedFrom}::timestamptz)
      and (${capturedUntil}::timestamptz is null or s.captured_at < ${capturedUntil}::timestamptz)
    order by s.captured_at ${sql.raw(order)}, s.id ${sql.raw(order)}`);
  return rows.map((row) => row.id);
}

async function pages(filter: ItemFilter, order: 'asc' | 'desc', limit: number, most: number): Promise<string[]> {
  const found: string[] = [];
  let after: ItemPage['after'] = null;
  for (let page = 0; page < most; page++) {
    const rows: Awaited<ReturnType<typeof listItemPages>> = await listItemPages(db, tenant.orgId, [integrationId], {
      filter,
      order,
      after,
      limit,
    });
    found.push(...rows.map((row) => row.id));
    const last = rows.at(-1);
    if (!last || rows.length < limit) break;
    after = { capturedAt: last.capturedAt, id: last.id };
  }
  return found;
}

const at = (second: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1_000);

describe.for<[string, Partial<ItemFilter>]>([
  ['nobody', { search: 'zuse' }],
  ['two, far from each other', { search: 'two' }],
  ['a few hundred', { search: 'some' }],
  ['everybody', { search: 'everybody' }],
  ['more than it starts from, all of them old', { search: 'oldcrowd' }],
  ['everybody, of a short list', { search: 'everybody', statuses: ['FAILED'] }],
  ['old ones, of a short list', { search: 'oldcrowd', statuses: ['FAILED'] }],
  ['everybody of one event', { search: 'everybody', eventId: eventIds[1] ?? '' }],
  ['withdrawn ones', { search: 'everybody', statuses: ['WITHDRAWN'] }],
  ['an interval', { search: 'everybody', capturedFrom: at(1_000), capturedUntil: at(1_010) }],
  ['an interval without a search', { capturedFrom: at(1_000), capturedUntil: at(1_010) }],
])('a search that finds %s', ([, given]) => {
  const filter = { ...all, ...given };

  test.for(['asc', 'desc'] as const)('gives the pages of the list in its order, each lead once (%s)', async (order) => {
    const wanted = await expected(filter, order);
    expect(await pages(filter, order, 47, 4)).toEqual(wanted.slice(0, 4 * 47));
    expect(await pages(filter, order, 5_003, 4)).toEqual(wanted);
  });

  test.for([10, 1_000])('is counted up to %i', async (max) => {
    const wanted = (await expected(filter, 'asc')).length;
    const counted = await countItems(db, tenant.orgId, [integrationId], filter, max);
    expect(counted.get(integrationId)).toBe(Math.min(wanted, max + 1));
  });
});

test('a field that errors name, and several categories, narrow the list of FAILED ones', async () => {
  const failed = await expected({ ...all, statuses: ['FAILED'] }, 'asc');
  const ofField = { ...all, statuses: ['FAILED' as const], remoteField: 'Phone' };
  expect(await pages(ofField, 'asc', 100, 10)).toEqual(failed);
  expect(await pages({ ...ofField, remoteField: 'phone' }, 'asc', 100, 10)).toEqual([]);
  expect(await pages({ ...ofField, categories: ['UNKNOWN', 'DUPLICATE', 'UNKNOWN'] }, 'asc', 100, 10)).toEqual(failed);
  expect(await pages({ ...ofField, categories: ['DUPLICATE'] }, 'asc', 100, 10)).toEqual([]);
});
