import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Finding } from '../../../domain/verification.ts';
import type { Db } from '../../client.ts';
import { bigintColumn, rowOf } from '../../rows.ts';

const Wrong = z.object({
  id: z.string(),
  event_id: z.string(),
  state: z.string(),
  category: z.string().nullable(),
  version: z.number(),
  logged_state: z.string().nullable(),
  logged_category: z.string().nullable(),
  logged_version: z.number().nullable(),
  logged_event_id: z.string().nullable(),
  position: z.number().nullable(),
  lead_event_id: z.string(),
  lead_enriched: z.boolean(),
});
const Page = z.object({ n: bigintColumn, last_lead_id: z.string().nullable(), wrong: z.array(Wrong) });

/** What one page of items gave. */
export interface ItemCheck {
  checked: number;
  /** Where to go on; null: that was all. */
  lastLeadId: string | null;
  findings: Finding[];
}

/**
 * Holds a page of an integration's items, by their leads' ids, against the last word of the log about each, and against its lead. An item and
 * its row in the log are written by one transaction and read here by one statement, so what moves meanwhile agrees as well. An item that the log
 * does not know is right only where retention has removed rows.
 */
export async function checkItems(
  db: Db,
  orgId: string,
  integrationId: string,
  after: string | null,
  limit: number,
): Promise<ItemCheck> {
  const behind = after === null ? sql`` : sql`and s.lead_id > ${after}::uuid`;
  const page = await rowOf(
    Page,
    db.execute(sql`
      with page as materialized (
        select s.id, s.lead_id, s.event_id, s.state, s.category, s.version from sync_items s
        where s.org_id = ${orgId} and s.integration_id = ${integrationId} ${behind} order by s.lead_id limit ${limit}),
      compared as (
        select p.*, t.position, t.item_version as logged_version, t.event_id as logged_event_id, t.error->>'category' as logged_category,
          case when t.to_status in ('FROZEN', 'QUEUED') then 'PENDING' else t.to_status end as logged_state,
          l.event_id as lead_event_id, l.enriched_at is not null as lead_enriched
        from page p
        join leads l on l.org_id = ${orgId} and l.id = p.lead_id
        left join lateral (
          select position, to_status, item_version, event_id, error from transitions t
          where t.org_id = ${orgId} and t.item_id = p.id order by t.position desc limit 1) t on true)
      select (select count(*) from page) as n, (select lead_id from page order by lead_id desc limit 1) as last_lead_id,
        coalesce((select jsonb_agg(to_jsonb(c) order by c.id) from compared c where
          (c.position is null and (select pruned_to from sync_logs where org_id = ${orgId} and integration_id = ${integrationId}) = 0)
          or (c.position is not null and (c.logged_version <> c.version or c.logged_state <> c.state or c.logged_event_id <> c.event_id
            or (c.state = 'FAILED' and c.logged_category is distinct from c.category)))
          or c.lead_event_id <> c.event_id or not c.lead_enriched), '[]'::jsonb) as wrong`),
  );
  if (!page) return { checked: 0, lastLeadId: null, findings: [] };
  return {
    checked: page.n,
    lastLeadId: page.n < limit ? null : page.last_lead_id,
    findings: page.wrong.flatMap((row) => findingsOf(integrationId, row)),
  };
}

function findingsOf(integrationId: string, row: z.output<typeof Wrong>): Finding[] {
  const at = { integrationId, eventId: row.event_id, itemId: row.id, position: row.position };
  const findings: Finding[] = [];
  const ofItem = wordsOf(row.state, row.category, row.version);
  const ofLog = wordsOf(row.logged_state, row.logged_category, row.logged_version);
  if (row.position === null) {
    findings.push({
      ...at,
      kind: 'ITEM_CONTRADICTS_LOG',
      message: `The item is ${ofItem}; the log has nothing of it.`,
    });
  } else if (ofItem !== ofLog) {
    findings.push({
      ...at,
      kind: 'ITEM_CONTRADICTS_LOG',
      message: `The item is ${ofItem}; the log's last word of it is ${ofLog}.`,
    });
  } else if (row.logged_event_id !== row.event_id) {
    findings.push({ ...at, kind: 'ITEM_CONTRADICTS_LOG', message: 'The item is at another event than the log says.' });
  }
  if (row.lead_event_id !== row.event_id)
    findings.push({ ...at, kind: 'ITEM_CONTRADICTS_LEAD', message: 'The item is at another event than its lead.' });
  if (!row.lead_enriched)
    findings.push({
      ...at,
      kind: 'ITEM_CONTRADICTS_LEAD',
      message: 'The item is on the list though its lead is not enriched.',
    });
  return findings;
}

function wordsOf(state: string | null, category: string | null, version: number | null): string {
  return `${state}${state === 'FAILED' ? ` (${category})` : ''} at version ${version}`;
}
