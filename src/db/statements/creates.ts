import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** So long a create is told to later pushes of the person: more than vendors' look-ups need until they see it. */
const rememberedMinutes = 15;

/** Notes that the item is about to be sent to be created: no move. False: the claim is another's by now. */
export async function noteCreate(db: Db, orgId: string, claim: string, itemId: string): Promise<boolean> {
  const noted = await rowsOf(
    z.object({ id: z.string() }),
    db.execute(sql`
      update sync_items set create_sent_at = sluice_clock()
      where org_id = ${orgId} and id = ${itemId} and state = 'SYNCING' and claim = ${claim} returning id`),
  );
  return noted.length === 1;
}

const EarlierCreateRow = z.object({
  item_id: z.string(),
  ago_ms: z.coerce.number(),
  remote_id: z.string().nullable(),
});

/**
 * Of each item that was sent to be created a short while ago, or whose match key was, by another item of the integration: the latest time, and the
 * id that came of it where one is known in this account. What is known goes before what is not.
 */
export function listEarlierCreates(
  db: Db,
  orgId: string,
  integrationId: string,
  accountGeneration: number,
  items: readonly { id: string; matchKey: string | null }[],
): Promise<z.output<typeof EarlierCreateRow>[]> {
  const asked = JSON.stringify(items.map(({ id, matchKey }) => ({ id, match_key: matchKey })));
  return rowsOf(
    EarlierCreateRow,
    db.execute(sql`
      select distinct on (a.id) a.id as item_id, extract(epoch from sluice_clock() - c.create_sent_at) * 1000 as ago_ms, c.remote_id
      from jsonb_to_recordset(${asked}::jsonb) as a(id uuid, match_key text)
      cross join lateral (
        select s.create_sent_at, case when s.account_generation = ${accountGeneration} then s.remote_id end as remote_id from sync_items s
        where s.org_id = ${orgId} and s.id = a.id and s.create_sent_at > sluice_clock() - make_interval(mins => ${rememberedMinutes})
        union all
        select s.create_sent_at, case when s.account_generation = ${accountGeneration} then s.remote_id end from sync_items s
        where s.org_id = ${orgId} and s.integration_id = ${integrationId} and s.match_key = a.match_key
          and s.create_sent_at > sluice_clock() - make_interval(mins => ${rememberedMinutes})) c
      order by a.id, (c.remote_id is null), c.create_sent_at desc`),
  );
}
