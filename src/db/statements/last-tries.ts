import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { instantColumn, rowsOf } from '../rows.ts';

const LastTry = z.object({ item_id: z.string(), started_at: instantColumn });

/** When the last push of each item began, as far as attempts are kept. */
export async function findLastTries(
  db: Pick<Db, 'execute'>,
  orgId: string,
  itemIds: readonly string[],
): Promise<Map<string, Date>> {
  const rows = await rowsOf(
    LastTry,
    db.execute(sql`
      select asked.id as item_id, a.started_at from unnest(${sql.param([...itemIds])}::uuid[]) as asked (id)
      cross join lateral (
        select started_at from push_attempts where org_id = ${orgId} and item_id = asked.id order by item_version desc limit 1) a`),
  );
  return new Map(rows.map((row) => [row.item_id, row.started_at]));
}
