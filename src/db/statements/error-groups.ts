import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ErrorCategory } from '../../domain/error-categories.ts';
import type { Db } from '../client.ts';
import { instantColumn, rowsOf } from '../rows.ts';

/** FAILED items of one integration and category, over all events or at one. */
export interface ErrorGroupTarget {
  integrationId: string;
  eventId: string | null;
  category: ErrorCategory;
}

/** How many of a group's newest items are looked at to tell which fields and values are most concerned. */
const errorSampleMax = 10_000;
const fieldsMax = 10;
const valuesMax = 5;

const Seen = z.object({ place: z.number(), first_at: instantColumn.nullable(), last_at: instantColumn.nullable() });
export interface ErrorGroupTimes {
  firstAt: Date | null;
  lastAt: Date | null;
}

/** When the first and the last of those that are in each group now failed; in the order of the targets. Reads the two ends of an index. */
export async function readErrorGroupTimes(
  db: Pick<Db, 'execute'>,
  orgId: string,
  targets: readonly ErrorGroupTarget[],
): Promise<ErrorGroupTimes[]> {
  const end = (order: SQL) => (group: SQL) =>
    sql`select s.failed_at from sync_items s where ${group} and s.failed_at is not null order by s.failed_at ${order} limit 1`;
  const rows = await rowsOf(
    Seen,
    db.execute(sql`
      select t.place, (${eachWay(orgId, end(sql`asc`))}) as first_at, (${eachWay(orgId, end(sql`desc`))}) as last_at
      from ${recordsetOf(targets)}`),
  );
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return targets.map((_target, place) => ({
    firstAt: byPlace.get(place)?.first_at ?? null,
    lastAt: byPlace.get(place)?.last_at ?? null,
  }));
}

const Concerned = z.object({
  place: z.number(),
  remote_field: z.string(),
  n: z.coerce.number(),
  values: z.array(z.object({ value: z.string(), count: z.number() })).nullable(),
});

/** A remote field that refusals name, and the values that were refused most often. */
export interface ErrorField {
  remoteField: string;
  count: number;
  values: { value: string; count: number }[];
}

/**
 * The fields that the refusals of each group name most, with the values that were refused most often, in the order of the targets. Looks at the
 * newest of a group only, so that it costs no more with a million failures than with ten thousand.
 */
export async function readErrorFields(
  db: Pick<Db, 'execute'>,
  orgId: string,
  targets: readonly ErrorGroupTarget[],
): Promise<ErrorField[][]> {
  const newest = (group: SQL) =>
    sql`select s.error->>'remoteField' as remote_field, s.failed_value as value from sync_items s
      where ${group} order by s.failed_at desc, s.id desc limit ${errorSampleMax}`;
  const rows = await rowsOf(
    Concerned,
    db.execute(sql`
      select t.place, field.* from ${recordsetOf(targets)}
      cross join lateral (
        select remote_field, sum(n) as n,
          jsonb_agg(jsonb_build_object('value', value, 'count', n) order by n desc, value)
            filter (where value is not null and nth <= ${valuesMax}) as values
        from (
          select remote_field, value, count(*) as n,
            row_number() over (partition by remote_field order by value is null, count(*) desc, value) as nth
          from (${eachWay(orgId, newest)}) sample where remote_field is not null group by remote_field, value) counted
        group by remote_field order by n desc, remote_field limit ${fieldsMax}) field
      order by t.place, field.n desc, field.remote_field`),
  );
  const byPlace = Map.groupBy(rows, (row) => row.place);
  return targets.map((_target, place) =>
    (byPlace.get(place) ?? []).map(({ remote_field: remoteField, n, values }) => ({
      remoteField,
      count: n,
      values: values ?? [],
    })),
  );
}

function recordsetOf(targets: readonly ErrorGroupTarget[]): SQL {
  const rows = targets.map(({ integrationId, eventId, category }, place) => ({
    place,
    integration_id: integrationId,
    event_id: eventId,
    category,
  }));
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(place integer, integration_id uuid, event_id uuid, category text)`;
}

/** Over all events, and at one: each has an index of its own, and the one that is not meant is not looked at. */
function eachWay(orgId: string, read: (group: SQL) => SQL): SQL {
  const group = sql`s.org_id = ${orgId} and s.integration_id = t.integration_id and s.category = t.category and s.state = 'FAILED'`;
  return sql`(${read(sql`t.event_id is null and ${group}`)}) union all (${read(sql`s.event_id = t.event_id and ${group}`)})`;
}
