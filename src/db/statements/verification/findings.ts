import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Finding, FindingKind } from '../../../domain/verification.ts';
import type { Db, Tx } from '../../client.ts';
import { verificationFindings } from '../../tables/index.ts';

export type FindingRow = typeof verificationFindings.$inferSelect;

/** Adds findings behind those that are there already. */
export async function insertFindings(
  tx: Tx,
  verification: { orgId: string; verificationId: string; firstPlace: number },
  findings: readonly Finding[],
): Promise<void> {
  if (findings.length === 0) return;
  const { orgId, verificationId, firstPlace } = verification;
  await tx
    .insert(verificationFindings)
    .values(findings.map((finding, index) => ({ ...finding, orgId, verificationId, place: firstPlace + index })));
}

export interface FindingPage {
  kind: FindingKind | null;
  /** Behind this place; null: from the start. */
  after: number | null;
  limit: number;
}

/** A page of what a verification found, in the order in which it was found. */
export function listFindings(
  db: Pick<Db, 'select'>,
  orgId: string,
  verificationId: string,
  { kind, after, limit }: FindingPage,
): Promise<FindingRow[]> {
  return db
    .select()
    .from(verificationFindings)
    .where(
      and(
        eq(verificationFindings.orgId, orgId),
        eq(verificationFindings.verificationId, verificationId),
        kind === null ? undefined : eq(verificationFindings.kind, kind),
        after === null ? undefined : gt(verificationFindings.place, after),
      ),
    )
    .orderBy(asc(verificationFindings.place))
    .limit(limit);
}

/** Findings that are removed in one transaction. */
const chunk = 5_000;

/** Removes findings of verifications that ended more than `days` ago, at most a chunk. Returns how many. */
export async function pruneFindings(db: Db, days: number): Promise<number> {
  const removed = await db.execute(sql`
    delete from verification_findings f where (f.org_id, f.verification_id, f.place) in (
      select old.org_id, old.verification_id, old.place from verification_findings old
      join operations o on o.org_id = old.org_id and o.id = old.verification_id
      where o.finished_at < sluice_now() - make_interval(days => ${days}) limit ${chunk}) returning 1`);
  return removed.length;
}
