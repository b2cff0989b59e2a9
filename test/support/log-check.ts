import { sql } from 'drizzle-orm';
import type { integrationChanges } from '../../src/db/tables/index.ts';
import type { SyncStatus } from '../../src/domain/lifecycle.ts';
import type { TransitionRow } from '../../src/sync/live/feed.ts';
import type { Services } from '../../src/sync/services.ts';
import type { Item, Tenant } from './tenant.ts';

type Change = Pick<typeof integrationChanges.$inferSelect, 'version' | 'position'>;

const isWaiting = (status: SyncStatus | null): boolean => status === 'FROZEN' || status === 'QUEUED';

/** Where every lead is after the log up to and including a position. FROZEN and QUEUED are as of the lead's last move. */
export function replay(log: readonly TransitionRow[], position = Number.POSITIVE_INFINITY): Map<string, SyncStatus> {
  return new Map(log.filter((row) => row.position <= position).map((row) => [row.itemId, row.toStatus]));
}

/** How many leads are in a status; waiting ones, held or not, count together. */
export function tally(statuses: Iterable<SyncStatus>) {
  const all = [...statuses];
  return {
    waiting: all.filter(isWaiting).length,
    syncing: all.filter((status) => status === 'SYNCING').length,
    failed: all.filter((status) => status === 'FAILED').length,
    cleared: all.filter((status) => status === 'CLEARED').length,
  };
}

/** What is wrong with the log, the counts and the lists of an integration at rest; empty when everything holds. */
export async function violationsOf(services: Services, tenant: Tenant, integrationId: string): Promise<string[]> {
  const [log, items, snapshot, history] = await Promise.all([
    tenant.log(integrationId),
    tenant.items(integrationId),
    tenant.snapshot(integrationId),
    tenant.history(integrationId),
  ]);
  return [
    ...violationsOfOrder(log, snapshot.position),
    ...violationsOfMoves(log),
    ...violationsOfSettings(log, history),
    ...violationsOfReplay(log, items),
    ...(await violationsOfCounts(services, tenant, integrationId)),
    ...(await violationsOfRetries(services, tenant, integrationId)),
  ];
}

/** Numbered from 1 without gaps up to the head, and never back in time. */
function violationsOfOrder(log: readonly TransitionRow[], head: number): string[] {
  const wrong = log.flatMap((row, index) => {
    const before = log[index - 1];
    return [
      ...(row.position === index + 1 ? [] : [`position ${row.position} stands at place ${index + 1}`]),
      ...(before && row.at < before.at ? [`position ${row.position} is earlier than the one before`] : []),
    ];
  });
  return log.length === head ? wrong : [...wrong, `the log has ${log.length} rows, its head says ${head}`];
}

/** Each lead's moves join, its versions count up by one, and nothing leaves that is held. */
function violationsOfMoves(log: readonly TransitionRow[]): string[] {
  const lastOf = new Map<string, TransitionRow>();
  return log.flatMap((row) => {
    const last = lastOf.get(row.itemId);
    lastOf.set(row.itemId, row);
    const moved = `position ${row.position} (${row.fromStatus} to ${row.toStatus}, ${row.cause})`;
    const wrong: string[] = [];
    if (row.fromStatus === 'FROZEN' && row.toStatus === 'SYNCING') wrong.push(`${moved} leaves though it is held`);
    if (row.itemVersion !== (last?.itemVersion ?? 0) + 1) wrong.push(`${moved} skips a version`);
    const arrives = row.cause === 'MOVED' && last?.cause === 'MOVED' && last.eventId !== row.eventId;
    const joins =
      (arrives
        ? row.fromStatus === null && last.toStatus === 'WITHDRAWN'
        : row.fromStatus === (last?.toStatus ?? null)) ||
      (isWaiting(row.fromStatus) && isWaiting(last?.toStatus ?? null) && row.settingVersion !== last?.settingVersion);
    if (!joins) wrong.push(`${moved} does not join ${last?.toStatus}`);
    return wrong;
  });
}

/** Each move belongs to the setting that held at its position. */
function violationsOfSettings(log: readonly TransitionRow[], history: readonly Change[]): string[] {
  return log.flatMap((row) => {
    const versions = history.filter(({ position }) => position < row.position).map(({ version }) => version);
    const version = Math.max(...versions);
    return row.settingVersion === version
      ? []
      : [`position ${row.position} is of setting ${row.settingVersion}, the history says ${version}`];
  });
}

/** The end of the log is what the list shows. */
function violationsOfReplay(log: readonly TransitionRow[], items: readonly Item[]): string[] {
  const ends = replay(log);
  const wrong = items.flatMap(({ id, status }) => {
    const end = ends.get(id) ?? null;
    return end === status || (isWaiting(end) && isWaiting(status))
      ? []
      : [`item ${id} is ${status}, its log ends ${end}`];
  });
  return ends.size === items.length ? wrong : [...wrong, `the log knows ${ends.size} items, the list ${items.length}`];
}

/** The counts are what counting gives, bucket by bucket. */
async function violationsOfCounts({ db }: Services, { orgId }: Tenant, integrationId: string): Promise<string[]> {
  const rows = await db.execute<{ bucket: string; kept: number; counted: number }>(sql`
    select coalesce(k.bucket, c.bucket) as bucket, coalesce(k.n, 0)::int as kept, coalesce(c.n, 0)::int as counted
    from (select event_id, bucket, n from counts where org_id = ${orgId} and integration_id = ${integrationId}) k
    full join (
      select event_id, b.bucket, count(*)::int as n
      from sync_items s, unnest(sluice_buckets(s.state, s.release_epoch, s.category, s.repeated)) b (bucket)
      where org_id = ${orgId} and integration_id = ${integrationId} group by 1, 2) c using (event_id, bucket)
    where coalesce(k.n, 0) <> coalesce(c.n, 0)`);
  return rows.map(({ bucket, kept, counted }) => `${bucket} is kept as ${kept} and counts ${counted}`);
}

/** Nobody waits for a lead that has its answer, and no lead is counted twice. */
async function violationsOfRetries({ db }: Services, { orgId }: Tenant, integrationId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string; status: string; left: number; members: number }>(sql`
    select r.id, r.status, (r.total - r.cleared - r.failed)::int as left,
      ((select count(*) from sync_items s where s.org_id = r.org_id and s.retry_id = r.id)
        + (select count(*) from retry_members m where m.org_id = r.org_id and m.retry_id = r.id))::int as members
    from retries r where r.org_id = ${orgId} and r.integration_id = ${integrationId}`);
  return rows.flatMap(({ id, status, left, members }) => {
    if (status === 'COMPLETED' && (left !== 0 || members !== 0)) return [`retry ${id} ended with ${left} left`];
    if (status === 'RUNNING' && (left !== members || left === 0))
      return [`retry ${id} waits for ${left} of ${members}`];
    return [];
  });
}
