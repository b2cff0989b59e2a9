import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import { syncStatuses, transitionCauses } from '../../domain/lifecycle.ts';
import { type Db, preparedMark } from '../client.ts';
import { instantColumn, rowOf, rowsOf } from '../rows.ts';
import type { transitions } from '../tables/index.ts';

type TransitionRow = typeof transitions.$inferSelect;

const Row = z.object({
  org_id: z.string(),
  integration_id: z.string(),
  position: z.coerce.number(),
  at: instantColumn,
  item_id: z.string(),
  lead_id: z.string(),
  event_id: z.string(),
  item_version: z.number(),
  from_status: z.enum(syncStatuses).nullable(),
  to_status: z.enum(syncStatuses),
  setting_version: z.number(),
  attempt: z.number(),
  error: z.custom<SyncErrorData>().nullable(),
  cause: z.enum(transitionCauses),
  caused_by: z.string().nullable(),
  revision: z.number().nullable(),
});

const fromRow = (row: z.output<typeof Row>): TransitionRow => ({
  orgId: row.org_id,
  integrationId: row.integration_id,
  position: row.position,
  at: row.at,
  itemId: row.item_id,
  leadId: row.lead_id,
  eventId: row.event_id,
  itemVersion: row.item_version,
  fromStatus: row.from_status,
  toStatus: row.to_status,
  settingVersion: row.setting_version,
  attempt: row.attempt,
  error: row.error,
  cause: row.cause,
  causedBy: row.caused_by,
  revision: row.revision,
});

/** A log and how far it was read. */
export interface LogReader {
  orgId: string;
  integrationId: string;
  position: number;
}

/** What follows in each of the logs, ascending by position, at most `limit` of each: one statement however many are read. */
export async function readLogs(db: Db, readers: readonly LogReader[], limit: number): Promise<TransitionRow[]> {
  if (readers.length === 0) return [];
  const asked = readers.map((reader) => ({
    org_id: reader.orgId,
    integration_id: reader.integrationId,
    position: reader.position,
  }));
  const rows = await rowsOf(
    Row,
    db.execute(sql`${preparedMark}
      select t.* from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as r(org_id uuid, integration_id uuid, position bigint)
      cross join lateral (
        select * from transitions t where t.org_id = r.org_id and t.integration_id = r.integration_id and t.position > r.position
        order by t.position limit ${limit}) t
      order by t.integration_id, t.position`),
  );
  return rows.map(fromRow);
}

const Head = z.object({ position: z.coerce.number(), pruned_to: z.coerce.number(), epoch: z.string() });

export interface LogHead {
  /** The last position given out. */
  position: number;
  /** Positions up to and including this one are not kept any more. */
  prunedTo: number;
  logEpoch: string;
}

/** Where a log stands; null when the organization has no such integration. */
export async function findLogHead(db: Db, orgId: string, integrationId: string): Promise<LogHead | null> {
  const row = await rowOf(
    Head,
    db.execute(sql`
      select l.position, l.pruned_to, e.epoch from sync_logs l cross join log_epochs e
      where l.org_id = ${orgId} and l.integration_id = ${integrationId}`),
  );
  return row && { position: row.position, prunedTo: row.pruned_to, logEpoch: row.epoch };
}

/** Of the integrations whose logs these are, those that were not deleted. */
export async function listExisting(
  db: Db,
  readers: readonly Pick<LogReader, 'orgId' | 'integrationId'>[],
): Promise<Set<string>> {
  if (readers.length === 0) return new Set();
  const found = await rowsOf(
    z.object({ integration_id: z.string() }),
    db.execute(sql`
      select integration_id from gates
      where org_id = any(${sql.param(readers.map((reader) => reader.orgId))}::uuid[])
        and integration_id = any(${sql.param(readers.map((reader) => reader.integrationId))}::uuid[])`),
  );
  return new Set(found.map((row) => row.integration_id));
}
