import { and, desc, eq, inArray, lt, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../client.ts';
import { type OperationKind, operations } from '../tables/index.ts';
import { doorbellChannel } from './log.ts';

export type OperationRow = typeof operations.$inferSelect;

/** The channel that says "something was started"; with an id: that one was canceled. */
export const operationsChannel = 'sluice_operations';

/** Which operation, of whom. */
export interface OperationId {
  orgId: string;
  operationId: string;
}

const isOperation = ({ orgId, operationId }: OperationId) =>
  and(eq(operations.orgId, orgId), eq(operations.id, operationId));
const isRunning = eq(operations.status, 'RUNNING');
const leaseOf = (seconds: number) => sql`sluice_clock() + make_interval(secs => ${seconds})`;

/** Tells subscribers, at commit, that an operation moved on. */
export async function ringProgress(tx: Db | Tx): Promise<void> {
  await tx.execute(sql`select pg_notify(${doorbellChannel}, '')`);
}

/** Tells the runners of every process, at commit, that there is something to do, or that an operation was canceled. */
export async function ringRunners(tx: Db | Tx, canceledId: string | null): Promise<void> {
  await tx.execute(sql`select pg_notify(${operationsChannel}, ${canceledId ?? ''}), pg_notify(${doorbellChannel}, '')`);
}

/** Takes running operations of these kinds that nobody works on: new ones first, then those that have waited longest for their next turn. */
export async function claimOperations(
  db: Db,
  {
    kinds,
    owner,
    leaseSeconds,
    limit,
  }: { kinds: readonly OperationKind[]; owner: string; leaseSeconds: number; limit: number },
): Promise<OperationRow[]> {
  return db
    .update(operations)
    .set({ owner, ownedUntil: leaseOf(leaseSeconds) })
    .where(
      sql`(${operations.orgId}, ${operations.id}) in (
        select org_id, id from operations
        where status = 'RUNNING' and kind = any(${sql.param([...kinds])}::text[]) and (owned_until is null or owned_until <= sluice_clock())
        order by owned_until nulls first, id limit ${limit} for no key update skip locked)`,
    )
    .returning();
}

/** The operation, locked: a transaction that is about to change it has ended before. Null: there is no such. */
export async function lockOperation(tx: Tx, id: OperationId): Promise<OperationRow | null> {
  const [operation] = await tx.select().from(operations).where(isOperation(id)).for('no key update');
  return operation ?? null;
}

/** Lengthens the owner's lease; false: it is not his any more, or has ended. */
export async function prolongOperation(db: Db, id: OperationId, owner: string, leaseSeconds: number): Promise<boolean> {
  const rows = await db
    .update(operations)
    .set({ ownedUntil: leaseOf(leaseSeconds) })
    .where(and(isOperation(id), eq(operations.owner, owner), isRunning))
    .returning({ id: operations.id });
  return rows.length > 0;
}

/** Lets go of an operation, which waits for at least `seconds`; it goes behind those that wait already. */
export async function releaseOperation(db: Db, id: OperationId, owner: string, seconds: number): Promise<void> {
  await db
    .update(operations)
    .set({ owner: null, ownedUntil: leaseOf(seconds) })
    .where(and(isOperation(id), eq(operations.owner, owner), isRunning));
}

/** Writes how far the owner came, and lengthens his lease. Null: it is not his any more, or has ended, and nothing may be committed. */
export async function writeOperation(
  tx: Db | Tx,
  id: OperationId,
  owner: string,
  patch: Partial<Pick<OperationRow, 'status' | 'progress' | 'result' | 'total' | 'done' | 'finishedAt'>>,
  leaseSeconds: number,
): Promise<OperationRow | null> {
  const ended = patch.status !== undefined && patch.status !== 'RUNNING';
  const [written] = await tx
    .update(operations)
    .set({ ...patch, ...(ended ? { owner: null, ownedUntil: null } : { ownedUntil: leaseOf(leaseSeconds) }) })
    .where(and(isOperation(id), eq(operations.owner, owner), isRunning))
    .returning();
  return written ?? null;
}

/** The operations of these ids, in no order. */
export async function listOperations(db: Pick<Db, 'select'>, ids: readonly OperationId[]): Promise<OperationRow[]> {
  if (ids.length === 0) return [];
  const byOrg = [...Map.groupBy(ids, ({ orgId }) => orgId)];
  return db
    .select()
    .from(operations)
    .where(
      or(
        ...byOrg.map(([orgId, ofOrg]) =>
          and(
            eq(operations.orgId, orgId),
            inArray(
              operations.id,
              ofOrg.map(({ operationId }) => operationId),
            ),
          ),
        ),
      ),
    );
}

/** Operations of one kind of each integration, newest first, behind `after`. */
export function listOperationPages(
  db: Pick<Db, 'select'>,
  orgId: string,
  kind: OperationKind,
  integrationIds: readonly string[],
  page: { after: string | null; limit: number },
): Promise<OperationRow[]> {
  const behind = page.after === null ? sql`` : sql`and o.id < ${page.after}::uuid`;
  return db
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.orgId, orgId),
        sql`${operations.id} = any(array(
          select page.id from unnest(${sql.param([...integrationIds])}::uuid[]) as owner(id) cross join lateral (
            select o.id from operations o where o.org_id = ${orgId} and o.kind = ${kind} and o.integration_id = owner.id ${behind}
            order by o.id desc limit ${page.limit}) page))`,
      ),
    )
    .orderBy(desc(operations.id));
}

/** Operations of one kind, newest first, behind `after`; of one integration where one is given. */
export function listOperationPage(
  db: Pick<Db, 'select'>,
  orgId: string,
  kind: OperationKind,
  page: { integrationId: string | null; after: string | null; limit: number },
): Promise<OperationRow[]> {
  return db
    .select()
    .from(operations)
    .where(
      and(
        eq(operations.orgId, orgId),
        eq(operations.kind, kind),
        page.integrationId === null ? undefined : eq(operations.integrationId, page.integrationId),
        page.after === null ? undefined : lt(operations.id, page.after),
      ),
    )
    .orderBy(desc(operations.id))
    .limit(page.limit);
}
