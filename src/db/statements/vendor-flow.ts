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
  /** Probes that failed in a row. */
  failures: number;
}

const Row = z.object({
  state: z.enum(['FLOWING', 'THROTTLED', 'QUOTA_EXHAUSTED', 'VENDOR_DOWN']),
  resumes_in_ms: z.coerce.number(),
  failures: z.number(),
});

/** What an earlier drain learnt of the vendor. */
export async function findVendorFlow(db: Db, orgId: string, integrationId: string): Promise<VendorFlow> {
  const row = await rowOf(
    Row,
    db.execute(sql`
      select state, failures, greatest(0, coalesce(extract(epoch from resumes_at - sluice_now()) * 1000, 0)) as resumes_in_ms
      from vendor_flows where org_id = ${orgId} and integration_id = ${integrationId}`),
  );
  return row
    ? { state: row.state, resumesInMs: row.resumes_in_ms, failures: row.failures }
    : { state: 'FLOWING', resumesInMs: 0, failures: 0 };
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
        resumesAt:
          flow.state === 'FLOWING' ? null : sql`sluice_now() + make_interval(secs => ${flow.resumesInMs / 1000})`,
      })
      .where(and(eq(vendorFlows.orgId, orgId), eq(vendorFlows.integrationId, integrationId)));
    await tx.execute(sql`select pg_notify(${doorbellChannel}, '')`);
  });
}
