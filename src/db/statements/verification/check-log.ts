import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Finding } from '../../../domain/verification.ts';
import type { Db } from '../../client.ts';
import { bigintColumn, rowOf } from '../../rows.ts';

const Gap = z.object({ before: z.number(), found: z.number() });
const Break = z.object({
  position: z.number(),
  item_id: z.string(),
  event_id: z.string(),
  from_status: z.string().nullable(),
  item_version: z.number(),
  before_status: z.string().nullable(),
  before_version: z.number().nullable(),
  item_is_there: z.boolean(),
});
const Page = z.object({
  from: bigintColumn,
  head: bigintColumn,
  n: bigintColumn,
  last: bigintColumn.nullable(),
  gaps: z.array(Gap),
  breaks: z.array(Break),
});

/** What one page of a log gave. */
export interface LogCheck {
  checked: number;
  /** The last position looked at. */
  last: number;
  /** Nothing is left up to `until`. */
  atEnd: boolean;
  findings: Finding[];
}

/**
 * Looks at a page of an integration's log, behind `after` and up to `until`: positions without gaps, each row beginning where the row before of
 * the same item ended, with the next version, and its item still there. What retention has removed is no gap: how far it went is read in the same
 * statement. Of an item's first row in the log nothing can be asked once older rows were removed.
 */
export async function checkLog(
  db: Db,
  orgId: string,
  integrationId: string,
  after: number,
  until: number,
  limit: number,
): Promise<LogCheck> {
  const page = await rowOf(
    Page,
    db.execute(sql`
      with log as materialized (
        select position as head, pruned_to, greatest(${after}::bigint, pruned_to) as start from sync_logs
        where org_id = ${orgId} and integration_id = ${integrationId}),
      page as materialized (
        select t.position, t.item_id, t.event_id, t.item_version, t.from_status, t.setting_version, t.cause from transitions t
        where t.org_id = ${orgId} and t.integration_id = ${integrationId} and t.position > (select start from log) and t.position <= ${until}::bigint
        order by t.position limit ${limit}),
      joined as (
        select p.*, b.to_status as before_status, b.item_version as before_version, b.setting_version as before_setting, b.cause as before_cause,
          exists (select from sync_items s where s.org_id = ${orgId} and s.id = p.item_id) as item_is_there
        from page p left join lateral (
          select to_status, item_version, setting_version, cause from transitions t
          where t.org_id = ${orgId} and t.item_id = p.item_id and t.position < p.position order by t.position desc limit 1) b on true)
      select log.start as from, log.head, (select count(*) from page) as n, (select max(position) from page) as last,
        coalesce((select jsonb_agg(jsonb_build_object('before', g.before, 'found', g.position) order by g.position) from (
          select position, coalesce(lag(position) over (order by position), log.start) as before from page) g
          where g.position <> g.before + 1), '[]'::jsonb) as gaps,
        coalesce((select jsonb_agg(to_jsonb(j) order by j.position) from joined j where
          not j.item_is_there
          or case when j.before_status is null then log.pruned_to = 0 and (j.from_status is not null or j.item_version <> 1)
             else j.item_version <> j.before_version + 1
               or not (j.from_status is not distinct from j.before_status
                 -- after a change of the setting what waited reads differently
                 or (j.from_status in ('FROZEN', 'QUEUED') and j.before_status in ('FROZEN', 'QUEUED') and j.setting_version <> j.before_setting)
                 -- moved to another event: it left the old one, and is new at the other
                 or (j.from_status is null and j.before_status = 'WITHDRAWN' and j.cause = 'MOVED' and j.before_cause = 'MOVED'))
             end), '[]'::jsonb) as breaks
      from log`),
  );
  if (!page) return { checked: 0, last: after, atEnd: true, findings: [] };
  const full = page.n === limit;
  const last = page.last ?? page.from;
  const gaps = full || last >= until ? page.gaps : [...page.gaps, { before: last, found: until + 1 }];
  return {
    checked: page.n,
    last,
    atEnd: !full,
    findings: [
      ...gaps.map((gap) => gapFinding(integrationId, gap)),
      ...page.breaks.flatMap((row) => findingsOf(integrationId, row)),
    ],
  };
}

function gapFinding(integrationId: string, { before, found }: z.output<typeof Gap>): Finding {
  const first = before + 1;
  const last = found - 1;
  const missing = first === last ? `Position ${first} is` : `Positions ${first} to ${last} are`;
  return {
    kind: 'LOG_GAP',
    message: `${missing} missing from the log.`,
    integrationId,
    eventId: null,
    itemId: null,
    position: first,
  };
}

function findingsOf(integrationId: string, row: z.output<typeof Break>): Finding[] {
  const at = { integrationId, eventId: row.event_id, itemId: row.item_id, position: row.position };
  const isFirst = row.before_status === null;
  const joins = row.from_status === row.before_status && row.item_version === (row.before_version ?? 0) + 1;
  if (!row.item_is_there && (isFirst || joins)) {
    // Said once, at its first row: the others have nothing to add.
    return isFirst ? [{ ...at, kind: 'ITEM_LOST', message: 'The log tells of an item that is not on the list.' }] : [];
  }
  const began = `${row.from_status ?? 'new'} at version ${row.item_version - 1}`;
  const ended = isFirst ? 'nothing' : `${row.before_status} at version ${row.before_version}`;
  return [
    {
      ...at,
      kind: 'LOG_CONTRADICTS_ITSELF',
      message: `The move at position ${row.position} begins at ${began}; the log's row before it of the same item ends at ${ended}.`,
    },
  ];
}
