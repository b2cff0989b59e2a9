import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Lane, lanes } from '../../domain/lane.ts';
import type { Tx } from '../client.ts';
import { rowsOf } from '../rows.ts';

/**
 * Locks every sync item of the leads, whatever its state, ascending by id, and returns the integrations concerned. Together with the revision
 * that an edit writes on all of them, this is what keeps an edit from getting lost while the answer to an older push is recorded.
 */
export async function lockItemsOfLeads(tx: Tx, orgId: string, leadIds: readonly string[]): Promise<string[]> {
  const items = await rowsOf(
    z.object({ integration_id: z.string() }),
    tx.execute(sql`
      select integration_id from sync_items where org_id = ${orgId} and lead_id = any(${sql.param([...leadIds])}::uuid[])
      order by id for no key update`),
  );
  return [...new Set(items.map((item) => item.integration_id))];
}

/** Locks log rows, ascending by integration, for a transaction that changes items in more than one statement. */
export async function lockLogs(tx: Tx, orgId: string, integrationIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select from sync_logs where org_id = ${orgId} and integration_id = any(${sql.param([...integrationIds])}::uuid[])
    order by integration_id for no key update`);
}

export interface EditedLead {
  id: string;
  revision: number;
  matchKey: string | null;
}

/** Tells every locked item of the leads their new revision. CLEARED ones wait to be sent again, released by nobody; a waiting one goes now. */
export async function editItems(tx: Tx, orgId: string, edited: readonly EditedLead[], by: string): Promise<void> {
  const rows = edited.map(({ id, revision, matchKey }) => ({ id, revision, match_key: matchKey }));
  await tx.execute(sql`
    update sync_items s set revision = e.revision, match_key = e.match_key, version = s.version + 1, cause = 'EDITED', caused_by = ${by},
      ${sendAgain}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e(id uuid, revision integer, match_key text)
    where s.org_id = ${orgId} and s.lead_id = e.id and s.lead_id = any(${sql.param(edited.map((lead) => lead.id))}::uuid[])`);
}

/**
 * Tells every locked item of a lead its new event and revision; otherwise as an edit. The trigger logs two moves, out of the old event and into the
 * new one, each with a version of its own.
 */
export async function moveItems(
  tx: Tx,
  orgId: string,
  { leadId, eventId, revision, by }: { leadId: string; eventId: string; revision: number; by: string },
): Promise<void> {
  await tx.execute(sql`
    update sync_items s set event_id = ${eventId}, revision = ${revision}, version = s.version + 2, cause = 'MOVED', caused_by = ${by},
      ${sendAgain}
    where s.org_id = ${orgId} and s.lead_id = ${leadId}`);
}

/** What an edit makes of an item `s`, besides its revision. */
const sendAgain = sql`
  state = case when s.state = 'CLEARED' then 'PENDING' else s.state end,
  release_epoch = case when s.state = 'CLEARED' then null else s.release_epoch end,
  due_at = case when s.state = 'CLEARED' then sluice_now() when s.state = 'PENDING' then least(s.due_at, sluice_now()) else s.due_at end,
  failures = case when s.state in ('CLEARED', 'PENDING') then 0 else s.failures end`;

export interface NewItem {
  id: string;
  integrationId: string;
  eventId: string;
  leadId: string;
  capturedAt: Date;
  matchKey: string | null;
  revision: number;
}

/** Puts enriched leads on the work list, each once, whoever else does. Returns how many were not on it. */
export async function insertItems(
  tx: Tx,
  orgId: string,
  items: readonly NewItem[],
  { cause, lane = lanes.LIVE, by }: { cause: 'CAPTURED' | 'ENRICHED' | 'BACKFILLED'; lane?: Lane; by: string },
): Promise<number> {
  const rows = items.map((item) => ({
    id: item.id,
    integration_id: item.integrationId,
    event_id: item.eventId,
    lead_id: item.leadId,
    captured_at: item.capturedAt,
    match_key: item.matchKey,
    revision: item.revision,
  }));
  const inserted = await tx.execute(sql`
    insert into sync_items (org_id, id, integration_id, event_id, lead_id, captured_at, match_key, revision, lane, cause, caused_by)
    select ${orgId}::uuid, i.id, i.integration_id, i.event_id, i.lead_id, i.captured_at, i.match_key, i.revision, ${lane}::smallint, ${cause}, ${by}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i(id uuid, integration_id uuid, event_id uuid, lead_id uuid,
      captured_at timestamptz, match_key text, revision integer)
    on conflict (org_id, lead_id, integration_id) do nothing returning id`);
  return inserted.length;
}
