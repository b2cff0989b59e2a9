import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** Newest leads that are looked at: what was asked at the last fairs is there, and a million older leads cost nothing. */
const sampledLeads = 10_000;
const namesMax = 500;
const valuesMax = 200;

const Row = z.object({ kind: z.enum(['qualifier', 'attribute']), name: z.string(), values: z.array(z.string()) });
export type CapturedSource = z.output<typeof Row>;

/** Names of qualifiers (with the values that were answered) and of attributes that the newest leads of the organization carry. */
export function listCapturedSources(db: Pick<Db, 'execute'>, orgId: string): Promise<CapturedSource[]> {
  return rowsOf(
    Row,
    db.execute(sql`
      with newest as materialized (
        select qualifiers, attributes from leads where org_id = ${orgId} order by org_id desc, id desc limit ${sampledLeads}),
      answers as (
        select q->>'name' as name, v.value from newest, jsonb_array_elements(qualifiers) q, jsonb_array_elements_text(q->'values') v (value)
        group by 1, 2),
      ranked as (select name, value, row_number() over (partition by name order by value) as place from answers)
      select 'qualifier' as kind, name, array_agg(value order by value) filter (where place <= ${valuesMax}) as values
      from ranked group by name
      union all
      select 'attribute', a->>'name', array[]::text[] from newest, jsonb_array_elements(attributes) a group by 2
      order by 1 desc, 2 limit ${namesMax}`),
  );
}

/** Which of these qualifiers were answered with several values at once by one of the newest leads. */
export async function listSeveralValued(
  db: Pick<Db, 'execute'>,
  orgId: string,
  qualifiers: readonly string[],
): Promise<Set<string>> {
  if (qualifiers.length === 0) return new Set();
  const rows = await rowsOf(
    z.object({ name: z.string() }),
    db.execute(sql`
      with newest as materialized (
        select qualifiers from leads where org_id = ${orgId} order by org_id desc, id desc limit ${sampledLeads})
      select distinct q->>'name' as name from newest, jsonb_array_elements(qualifiers) q
      where q->>'name' = any(${sql.param([...qualifiers])}::text[]) and jsonb_array_length(q->'values') > 1`),
  );
  return new Set(rows.map(({ name }) => name));
}
