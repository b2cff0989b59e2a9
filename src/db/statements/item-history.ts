import { and, desc, eq, lt, sql } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { integrationChanges, pushAttempts } from '../tables/index.ts';
import { listTimelines } from './history-pages.ts';

export type LoggedMove = Awaited<ReturnType<typeof listTimelines>>[number];
export type ChangeEntry = typeof integrationChanges.$inferSelect;
export type AttemptRow = typeof pushAttempts.$inferSelect;

/** Several things have their place at one position: the push, then the move that recorded its answer, then changes of the setting. */
export const historyRanks = { ATTEMPT: 0, MOVE: 1, CHANGE: 2 } as const;

/** A place in the history of an item. Nothing ever comes between two places that were read, and neither changes. */
export interface HistoryPlace {
  position: number;
  rank: (typeof historyRanks)[keyof typeof historyRanks];
  /** Of the entry: changes of one transaction share their position. */
  id: string;
}

export type HistoryEntry =
  | { place: HistoryPlace; kind: 'MOVE'; node: LoggedMove }
  | { place: HistoryPlace; kind: 'CHANGE'; node: ChangeEntry }
  | { place: HistoryPlace; kind: 'ATTEMPT'; node: AttemptRow };

/**
 * What happened on each item's way, newest first: its moves, its pushes, and the changes of the setting while it was on the way and not at the
 * vendor. Merged exactly, by positions in the log, and as far back as the log is kept. Three statements, however many items.
 */
export async function listItemHistories(
  db: Pick<Db, 'select' | 'execute'>,
  orgId: string,
  itemIds: readonly string[],
  page: { after: HistoryPlace | null; limit: number },
): Promise<Map<string, HistoryEntry[]>> {
  const { after, limit } = page;
  // A move that was shown may have a push, or be followed by changes, that were not: so it is read again where it lies at the place.
  const movesBefore = after && (after.rank === historyRanks.ATTEMPT ? after.position : after.position + 1);
  const moves = await listTimelines(db, orgId, itemIds, { after: movesBefore, limit: limit + 1 });
  const movesOf = Map.groupBy(moves, ({ row }) => row.itemId);
  const [changes, attempts] = await Promise.all([
    listChangesBetween(db, orgId, stretchesOf(movesOf, after), limit),
    listAttemptsOfMoves(db, orgId, moves),
  ]);
  const entries = [
    ...moves.map((node): [string, HistoryEntry] => [
      node.row.itemId,
      { kind: 'MOVE', node, place: { position: node.row.position, rank: historyRanks.MOVE, id: '' } },
    ]),
    ...changes.map(({ itemId, node }): [string, HistoryEntry] => [
      itemId,
      { kind: 'CHANGE', node, place: { position: node.position, rank: historyRanks.CHANGE, id: node.id } },
    ]),
    ...attempts.map(({ position, node }): [string, HistoryEntry] => [
      node.itemId,
      { kind: 'ATTEMPT', node, place: { position, rank: historyRanks.ATTEMPT, id: '' } },
    ]),
  ];
  const behind = entries.filter(([, entry]) => after === null || compare(entry.place, after) < 0);
  const histories = Map.groupBy(behind, ([itemId]) => itemId);
  return new Map(
    [...histories].map(([itemId, own]) => [
      itemId,
      own
        .map(([, entry]) => entry)
        .sort((a, b) => compare(b.place, a.place))
        .slice(0, limit),
    ]),
  );
}

/** Later is greater. Ids of changes ascend with time. */
function compare(a: HistoryPlace, b: HistoryPlace): number {
  return a.position - b.position || a.rank - b.rank || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** From a position on, and before a place among the changes. */
interface Stretch {
  itemId: string;
  integrationId: string;
  from: number;
  before: number;
  beforeId: string;
}

const firstId = '00000000-0000-0000-0000-000000000000';

/** Where changes of the setting concerned the item: while it was not at the vendor and not taken off the list. */
function stretchesOf(movesOf: ReadonlyMap<string, LoggedMove[]>, after: HistoryPlace | null): Stretch[] {
  const end = {
    before: after?.position ?? Number.MAX_SAFE_INTEGER,
    beforeId: after?.rank === historyRanks.CHANGE ? after.id : firstId,
  };
  return [...movesOf.values()].flatMap((moves) => {
    const stretches: Stretch[] = [];
    let later = end;
    for (const { row } of moves) {
      const { itemId, integrationId, position } = row;
      const concerned = row.toStatus !== 'CLEARED' && row.toStatus !== 'WITHDRAWN' && position <= later.before;
      const newer = stretches.at(-1);
      if (concerned && newer?.from === later.before) newer.from = position;
      else if (concerned) stretches.push({ itemId, integrationId, from: position, ...later });
      later = { before: position, beforeId: firstId };
    }
    return stretches;
  });
}

async function listChangesBetween(
  db: Pick<Db, 'select'>,
  orgId: string,
  stretches: readonly Stretch[],
  limit: number,
): Promise<{ itemId: string; node: ChangeEntry }[]> {
  if (stretches.length === 0) return [];
  const changes = db
    .select()
    .from(integrationChanges)
    .where(
      and(
        eq(integrationChanges.orgId, orgId),
        sql`${integrationChanges.integrationId} = stretch.integration_id and ${integrationChanges.position} >= stretch.start_position
          and (${integrationChanges.position}, ${integrationChanges.id}) < (stretch.end_position, stretch.end_id)
          and ${integrationChanges.kind} <> 'RENAMED'`,
      ),
    )
    .orderBy(desc(integrationChanges.position), desc(integrationChanges.id))
    .limit(limit)
    .as('changes');
  const rows = stretches.map(({ itemId, integrationId, from, before, beforeId }) => ({
    item_id: itemId,
    integration_id: integrationId,
    start_position: from,
    end_position: before,
    end_id: beforeId,
  }));
  return db
    .select({ itemId: sql<string>`stretch.item_id`, node: changes._.selectedFields })
    .from(
      sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as stretch(item_id uuid, integration_id uuid, start_position bigint, end_position bigint, end_id uuid)`,
    )
    .crossJoinLateral(changes);
}

/** The pushes whose answers these moves recorded, each with the position of its move. */
async function listAttemptsOfMoves(
  db: Pick<Db, 'select'>,
  orgId: string,
  moves: readonly LoggedMove[],
): Promise<{ position: number; node: AttemptRow }[]> {
  const answered = moves.filter(({ row }) => row.fromStatus === 'SYNCING');
  if (answered.length === 0) return [];
  const keyOf = (itemId: string, itemVersion: number) => `${itemId}/${itemVersion}`;
  const positions = new Map(answered.map(({ row }) => [keyOf(row.itemId, row.itemVersion), row.position]));
  const rows = answered.map(({ row }) => ({ item_id: row.itemId, item_version: row.itemVersion }));
  const found = await db
    .select()
    .from(pushAttempts)
    .where(
      and(
        eq(pushAttempts.orgId, orgId),
        sql`(${pushAttempts.itemId}, ${pushAttempts.itemVersion}) in (
          select item_id, item_version from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m(item_id uuid, item_version integer))`,
      ),
    );
  return found.map((node) => ({ position: positions.get(keyOf(node.itemId, node.itemVersion)) ?? 0, node }));
}

/** Pushes of each item, newest first. */
export async function listAttemptPages(
  db: Pick<Db, 'select'>,
  orgId: string,
  itemIds: readonly string[],
  page: { after: number | null; limit: number },
): Promise<AttemptRow[]> {
  const attempts = db
    .select()
    .from(pushAttempts)
    .where(
      and(
        eq(pushAttempts.orgId, orgId),
        sql`${pushAttempts.itemId} = owner.id`,
        page.after === null ? undefined : lt(pushAttempts.itemVersion, page.after),
      ),
    )
    .orderBy(desc(pushAttempts.itemVersion))
    .limit(page.limit)
    .as('attempts');
  const rows = await db
    .select({ row: attempts._.selectedFields })
    .from(sql`unnest(${sql.param([...itemIds])}::uuid[]) as owner(id)`)
    .crossJoinLateral(attempts)
    .orderBy(desc(attempts.itemVersion));
  return rows.map(({ row }) => row);
}
