import { and, eq } from 'drizzle-orm';
import { lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import { integrations } from '../db/tables/index.ts';
import { NotFoundError, ValidationError } from '../domain/errors.ts';
import { recordChange } from './record-change.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, type Viewer } from './viewer.ts';

const nameMax = 200;

/** Gives an integration another name, which is for people: nothing else changes. The name that it has is a success that changes nothing. Admins. */
export async function renameIntegration(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; name: string },
): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const { orgId } = viewer;
  const { integrationId } = input;
  const name = input.name.trim();
  if (name === '' || name.length > nameMax || !isStorable(name)) {
    throw new ValidationError([{ path: 'name', message: `expected 1 to ${nameMax} characters.` }]);
  }
  const isThis = and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId));
  await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, orgId, integrationId); // renamings follow one another, and a deletion is seen
    const [before] = await tx.select({ name: integrations.name }).from(integrations).where(isThis);
    if (!gate || !before) throw new NotFoundError('integration');
    if (before.name === name) return;
    await tx.update(integrations).set({ name }).where(isThis);
    await recordChange(services, tx, viewer, gate, { kind: 'RENAMED', before, after: { name } });
    await ringDoorbell(tx, integrationId);
  });
}
