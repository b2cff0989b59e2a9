import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import type { Gate } from '../db/statements/gates.ts';
import { integrationChanges, syncLogs } from '../db/tables/index.ts';
import type { ChangeNote } from './gate.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

/** History of a change that leaves the gate as it is; the caller has locked the gate. */
export async function recordChange(
  services: Services,
  tx: Tx,
  viewer: Viewer,
  { orgId, integrationId, version }: Gate,
  note: ChangeNote,
): Promise<void> {
  const [log] = await tx
    .select({ position: syncLogs.position })
    .from(syncLogs)
    .where(and(eq(syncLogs.orgId, orgId), eq(syncLogs.integrationId, integrationId)));
  await tx.insert(integrationChanges).values({
    orgId,
    id: services.newId(),
    integrationId,
    at: services.now(),
    by: viewer.name,
    kind: note.kind,
    before: note.before,
    after: note.after,
    reason: note.reason ?? null,
    version,
    position: log?.position ?? 0,
  });
}
