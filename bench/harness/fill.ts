import type { SqlClient } from '../../src/db/client.ts';

/** A stretch of leads to write, with one item each. */
export interface Fill {
  orgId: string;
  integrationId: string;
  eventId: string;
  count: number;
  state: 'PENDING' | 'FAILED' | 'CLEARED';
}

const chunk = 50_000;

/** FAILED ones are spread over these. */
const categories = ['DATA_VALUE_VALIDATION', 'MISSING_MATCH_KEY', 'REQUIRED_REMOTE_FIELD', 'UNKNOWN'];

/**
 * Writes leads and their items by generate_series, past the use cases but not past the triggers: log and counts are as if they had been
 * captured. Names are of few letters and many digits, so that a search for digits finds few.
 */
export async function fillLeads(sql: SqlClient, fills: readonly Fill[]): Promise<void> {
  const [last] = await sql<{ n: number }[]>`select count(*)::int as n from leads`;
  let from = last?.n ?? 0;
  for (const fill of fills) {
    for (let left = fill.count; left > 0; left -= chunk) {
      const count = Math.min(chunk, left);
      await fillChunk(sql, fill, from + 1, from + count);
      from += count;
    }
  }
}

async function fillChunk(sql: SqlClient, fill: Fill, first: number, last: number): Promise<void> {
  const { orgId, integrationId, eventId, state } = fill;
  await sql.begin(async (tx) => {
    await tx`
      insert into leads (org_id, id, event_id, external_id, first_name, last_name, email, company, qualifiers, attributes, enriched_at, captured_at)
      select ${orgId}::uuid, ${leadIdOf(tx)}, ${eventId}::uuid, 'x' || i, 'Ada' || i % 1000, 'Byron' || i % 7919, 'ada' || i || '@example.com',
        'Company ' || i % 3000, '{}'::jsonb, '{}'::jsonb, now(), ${capturedAt(tx)}
      from generate_series(${first}::int, ${last}::int) i`;
    await tx`
      insert into sync_items (org_id, id, integration_id, event_id, lead_id, captured_at, match_key, state, error, failed_at, failed_value, cause)
      select ${orgId}::uuid, ${itemIdOf(tx)}, ${integrationId}::uuid, ${eventId}::uuid, ${leadIdOf(tx)}, ${capturedAt(tx)},
        'ada' || i || '@example.com', ${state}::text,
        case when ${state}::text = 'FAILED' then jsonb_build_object('category', (${categories}::text[])[1 + i % 4], 'message', 'Refused.',
          'vendorCode', null, 'vendorMessage', null, 'remoteField', 'field' || i % 20) end,
        case when ${state}::text = 'FAILED' then ${capturedAt(tx)} end, case when ${state}::text = 'FAILED' then 'value ' || i % 300 end, 'CAPTURED'
      from generate_series(${first}::int, ${last}::int) i order by i`;
  });
}

type Tx = Pick<SqlClient, 'unsafe'>;
// Ascending like the ids of the program.
const leadIdOf = (tx: Tx) => tx.unsafe(`('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`);
const itemIdOf = (tx: Tx) => tx.unsafe(`('01900000-0000-7000-9000-' || lpad(to_hex(i), 12, '0'))::uuid`);
const capturedAt = (tx: Tx) => tx.unsafe(`timestamptz '2026-01-01' + i * interval '1 second'`);

/** Fills without the index for the search, which is built afterwards: a million entries one by one would take minutes. */
export async function withoutSearchIndex(sql: SqlClient, fill: () => Promise<void>): Promise<void> {
  const [index] = await sql<{ indexdef: string }[]>`select indexdef from pg_indexes where indexname = 'leads_search'`;
  if (!index) throw new Error('the schema has no index leads_search');
  await sql`drop index leads_search`;
  await fill();
  await sql.unsafe(index.indexdef);
}
