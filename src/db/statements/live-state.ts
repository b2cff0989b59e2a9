import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import { liveShare } from '../../domain/backlog.ts';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';
import { authorizations, retries } from '../tables/index.ts';

const Row = z.object({ org_id: z.string(), integration_id: z.string(), fingerprint: z.string() });

/** For every integration of the organizations, a text that changes with its setting, connection, mappings or flow. */
export async function listIntegrationFingerprints(
  db: Db,
  orgIds: readonly string[],
): Promise<{ orgId: string; integrationId: string; fingerprint: string }[]> {
  const rows = await rowsOf(
    Row,
    db.execute(sql`
      select g.org_id, g.integration_id, md5(concat_ws('|', g.version, g.connection_epoch, i.name, i.account_name, i.connected_at, i.problem,
        case when f.state = 'VENDOR_DOWN' or f.resumes_at > sluice_now() then f.state || coalesce(f.resumes_at::text, '') else 'FLOWING' end,
        f.quota_remaining <= f.quota_limit * ${liveShare}::numeric, f.quota_resets_at,
        (select c.id from integration_changes c where c.org_id = g.org_id and c.integration_id = g.integration_id order by c.id desc limit 1))) as fingerprint
      from gates g
      join integrations i on i.org_id = g.org_id and i.id = g.integration_id
      left join vendor_flows f on f.org_id = g.org_id and f.integration_id = g.integration_id
      where g.org_id = any(${sql.param([...orgIds])}::uuid[]) order by g.integration_id`),
  );
  return rows.map((row) => ({ orgId: row.org_id, integrationId: row.integration_id, fingerprint: row.fingerprint }));
}

/** The retries of these ids, in no order, without those of deleted integrations. */
export async function listRetries(db: Db, ids: readonly { orgId: string; retryId: string }[]) {
  if (ids.length === 0) return [];
  const orgIds = [...new Set(ids.map((id) => id.orgId))];
  return db
    .select()
    .from(retries)
    .where(
      and(
        or(
          ...orgIds.map((orgId) =>
            and(
              eq(retries.orgId, orgId),
              inArray(
                retries.id,
                ids.filter((id) => id.orgId === orgId).map((id) => id.retryId),
              ),
            ),
          ),
        ),
        sql`exists (select from gates g where g.org_id = ${retries.orgId} and g.integration_id = ${retries.integrationId})`,
      ),
    );
}

/** The sign-ins of these ids, of whatever organization, in no order. */
export async function listAuthorizations(db: Pick<Db, 'select'>, ids: readonly string[]) {
  return ids.length === 0
    ? []
    : db
        .select()
        .from(authorizations)
        .where(inArray(authorizations.id, [...ids]));
}
