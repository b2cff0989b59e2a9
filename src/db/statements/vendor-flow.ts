import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db, Tx } from '../client.ts';
import { rowOf } from '../rows.ts';
import { vendorFlows } from '../tables/index.ts';
import { doorbellChannel } from './log.ts';

export type VendorFlowState = (typeof vendorFlows.$inferSelect)['state'];

export interface VendorFlow {
  state: VendorFlowState;
  /** Milliseconds until calls may go on; 0: now. */
  resumesInMs: number;
  /** Pauses in a row since the vendor is down; 0 while that is the word of a single lead. */
  failures: number;
  /** The item whose call failed last, alone. */
  suspectId: string | null;
}

/** What the vendor's answers told of the account's limits. */
export interface LearntFlow {
  quota: { limit: number; remaining: number; resetsInMs: number | null; learntMsAgo: number } | null;
  rate: { calls: number; windowMs: number } | null;
}

const Learnt = z.object({
  quota_limit: z.number().nullable(),
  quota_remaining: z.number().nullable(),
  resets_in_ms: z.coerce.number().nullable(),
  learnt_ms_ago: z.coerce.number().nullable(),
  rate_calls: z.number().nullable(),
  rate_window_ms: z.number().nullable(),
});

/** The limits that earlier drains learnt. */
export async function findLearntLimits(db: Db, orgId: string, integrationId: string): Promise<LearntFlow> {
  const row = await rowOf(
    Learnt,
    db.execute(sql`
      select quota_limit, quota_remaining, rate_calls, rate_window_ms,
        extract(epoch from quota_resets_at - sluice_now()) * 1000 as resets_in_ms,
        extract(epoch from sluice_now() - quota_learnt_at) * 1000 as learnt_ms_ago
      from vendor_flows where org_id = ${orgId} and integration_id = ${integrationId}`),
  );
  const known = row?.quota_limit != null && row.quota_remaining != null && row.learnt_ms_ago != null;
  return {
    quota: known
      ? {
          limit: row.quota_limit ?? 0,
          remaining: row.quota_remaining ?? 0,
          resetsInMs: row.resets_in_ms,
          learntMsAgo: row.learnt_ms_ago ?? 0,
        }
      : null,
    rate: row?.rate_calls && row.rate_window_ms ? { calls: row.rate_calls, windowMs: row.rate_window_ms } : null,
  };
}

/** Writes what was learnt, and tells whoever watches. */
export async function writeLearntLimits(
  db: Db,
  orgId: string,
  integrationId: string,
  { quota, rate }: LearntFlow,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(vendorFlows)
      .set({
        quotaLimit: quota?.limit ?? null,
        quotaRemaining: quota?.remaining ?? null,
        quotaResetsAt:
          quota?.resetsInMs == null ? null : sql`sluice_now() + make_interval(secs => ${quota.resetsInMs / 1000})`,
        quotaLearntAt: quota && sql`sluice_now() - make_interval(secs => ${quota.learntMsAgo / 1000})`,
        rateCalls: rate?.calls ?? null,
        rateWindowMs: rate?.windowMs ?? null,
      })
      .where(and(eq(vendorFlows.orgId, orgId), eq(vendorFlows.integrationId, integrationId)));
    await tx.execute(sql`select pg_notify(${doorbellChannel}, '')`);
  });
}

const Row = z.object({
  state: z.enum(['FLOWING', 'THROTTLED', 'QUOTA_EXHAUSTED', 'VENDOR_DOWN']),
  resumes_in_ms: z.coerce.number(),
  failures: z.number(),
  suspect_id: z.string().nullable(),
});

/** What an earlier drain learnt of the vendor. */
export async function findVendorFlow(db: Db, orgId: string, integrationId: string): Promise<VendorFlow> {
  const row = await rowOf(
    Row,
    db.execute(sql`
      select state, failures, suspect_id, greatest(0, coalesce(extract(epoch from resumes_at - sluice_now()) * 1000, 0)) as resumes_in_ms
      from vendor_flows where org_id = ${orgId} and integration_id = ${integrationId}`),
  );
  return row
    ? { state: row.state, resumesInMs: row.resumes_in_ms, failures: row.failures, suspectId: row.suspect_id }
    : { state: 'FLOWING', resumesInMs: 0, failures: 0, suspectId: null };
}

/** Writes what the vendor makes us wait for, and tells whoever watches. */
export async function writeVendorFlow(
  db: Db | Tx,
  orgId: string,
  integrationId: string,
  flow: VendorFlow,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(vendorFlows)
      .set({
        state: flow.state,
        failures: flow.failures,
        suspectId: flow.suspectId,
        resumesAt:
          flow.resumesInMs === 0 ? null : sql`sluice_now() + make_interval(secs => ${flow.resumesInMs / 1000})`,
      })
      .where(and(eq(vendorFlows.orgId, orgId), eq(vendorFlows.integrationId, integrationId)));
    await tx.execute(sql`select pg_notify(${doorbellChannel}, '')`);
  });
}
