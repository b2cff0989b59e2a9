import { randomUUID } from 'node:crypto';
import { openDatabase } from '../../src/db/client.ts';
import { settleDatabase } from '../harness/postgres.ts';
import type { Contender } from './contender.ts';

const batch = 300;
/** Claims under way at once: the best of 1, 2 and 4 on two cores. */
const loops = 2;

/**
 * What one would write for this alone: claim 300, settle 300, in a table with the columns and indexes of sync_items. No gate, no log, no
 * counts, nobody is told, and no lead is read.
 */
export const flushByHand: Contender = async (url, leads, meter) => {
  const database = openDatabase(url, { name: 'bench', connectionsMax: loops, statementTimeoutMs: 0 });
  const { sql } = database;
  const orgId = randomUUID();
  const integrationId = randomUUID();
  const eventId = randomUUID();
  await sql`create table items (like sync_items including all)`;
  await sql`
    insert into items (org_id, id, integration_id, event_id, lead_id, captured_at, match_key, cause)
    select ${orgId}::uuid, gen_random_uuid(), ${integrationId}::uuid, ${eventId}::uuid, gen_random_uuid(),
      timestamptz '2026-01-01' + i * interval '1 second', 'ada' || i || '@example.com', 'CAPTURED'
    from generate_series(1, ${leads}::int) i`;
  await settleDatabase(sql);

  const run = await meter.start();
  let recorded = 0;
  const work = async () => {
    for (;;) {
      const token = randomUUID();
      const claimed = await sql<{ id: string }[]>`
        update items set state = 'SYNCING', claim = ${token}, claimed_until = now() + interval '15 s', attempts = attempts + 1
        where org_id = ${orgId} and id = any(array(
          select id from items where org_id = ${orgId} and integration_id = ${integrationId} and state = 'PENDING' and due_at <= now()
          order by due_at limit ${batch} for update skip locked))
        returning id`;
      if (claimed.length === 0) return;
      const ids = claimed.map((row) => row.id);
      const settled = await sql`
        update items set state = 'CLEARED', claim = null, claimed_until = null, cleared_at = now(), remote_id = id::text
        where org_id = ${orgId} and id = any(${ids}::uuid[]) and state = 'SYNCING' and claim = ${token}`;
      recorded += settled.count;
    }
  };
  await Promise.all(Array.from({ length: loops }, work));
  const flushed = await run.stop();
  if (recorded !== leads) throw new Error(`recorded ${recorded} of ${leads}`);
  await database.close();
  return flushed;
};
