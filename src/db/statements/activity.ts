import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { latencyBuckets } from '../../domain/latency.ts';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** The last minutes, of all events or of one. */
export interface ActivityPage {
  eventId: string | null;
  minutes: number;
}

const Row = z.object({
  integration_id: z.string(),
  minute: z.coerce.date(),
  captured: z.coerce.number(),
  cleared: z.coerce.number(),
  failed: z.coerce.number(),
  latencies: z.array(z.coerce.number()),
});

export interface ActivityMinute {
  integrationId: string;
  at: Date;
  captured: number;
  cleared: number;
  failed: number;
  /** See domain/latency.ts. */
  latencies: number[];
}

const none = sql.raw(`array_fill(0, array[${latencyBuckets}])`);

/** Every one of the last minutes of each integration, the one that runs included, oldest first; also those in which nothing happened. */
export async function listActivity(
  db: Db,
  orgId: string,
  integrationIds: readonly string[],
  { eventId, minutes }: ActivityPage,
): Promise<ActivityMinute[]> {
  const ofEvent = eventId === null ? sql`` : sql`and a.event_id = ${eventId}`;
  const rows = await rowsOf(
    Row,
    db.execute(sql`
      with present as (select date_trunc('minute', sluice_clock()) as minute),
      asked as (
        select i.id as integration_id, present.minute - make_interval(mins => back) as minute
        from unnest(${sql.param([...integrationIds])}::uuid[]) i (id), present, generate_series(0, ${minutes - 1}::int) back),
      happened as (
        select a.integration_id, a.minute, a.captured, a.cleared, a.failed, a.latencies
        from activity a, present
        where a.org_id = ${orgId} and a.integration_id = any(${sql.param([...integrationIds])}::uuid[])
          and a.minute > present.minute - make_interval(mins => ${minutes}) ${ofEvent}),
      sums as (
        select integration_id, minute, sum(captured) as captured, sum(cleared) as cleared, sum(failed) as failed
        from happened group by 1, 2),
      latencies as (
        select integration_id, minute, array_agg(n order by place) as latencies from (
          select h.integration_id, h.minute, place, sum(n) as n
          from happened h, unnest(h.latencies) with ordinality as l (n, place) where h.cleared > 0 group by 1, 2, 3) places
        group by 1, 2)
      select asked.integration_id, asked.minute, coalesce(captured, 0) as captured, coalesce(cleared, 0) as cleared,
             coalesce(failed, 0) as failed, coalesce(latencies, ${none}) as latencies
      from asked
      left join sums using (integration_id, minute)
      left join latencies using (integration_id, minute)
      order by asked.integration_id, asked.minute`),
  );
  return rows.map(({ integration_id, minute, ...row }) => ({ integrationId: integration_id, at: minute, ...row }));
}
