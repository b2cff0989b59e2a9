import type { Tx } from '../db/client.ts';
import {
  lockItems,
  restoreItems as restoreLocked,
  restorePage,
  type WithdrawalTarget,
} from '../db/statements/withdraw-items.ts';
import { NotFoundError, ValidationError } from '../domain/errors.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';
import { inChunks, requireIntegration, type WithdrawItems } from './withdraw-items.ts';
import { withdrawalSelectionOf } from './withdrawal-selection.ts';

/**
 * Puts withdrawn leads back to where they were, released by nobody: waiting, FAILED with their error, or CLEARED, unless the lead was edited since,
 * which waits to be sent again. By ids, all or none, or by what they were before, in chunks as in withdrawItems. Those of erased persons stay
 * withdrawn. Returns how many it put back. Operators and admins.
 */
export async function restoreItems(services: Services, viewer: Viewer, input: WithdrawItems): Promise<number> {
  requireRole(viewer, 'OPERATOR');
  const target = { orgId: viewer.orgId, integrationId: input.integrationId, by: viewer.name };
  await requireIntegration(services, target);
  const selection = await withdrawalSelectionOf(services, viewer, input.select, ['PRE_SYNC', 'FAILED', 'CLEARED']);
  if ('ids' in selection) {
    return services.db.transaction(async (tx) => {
      const restored = await restoreByIds(tx, target, selection.ids);
      await services.jobs.drain(tx, target.orgId, target.integrationId);
      return restored;
    });
  }
  return inChunks(services, target, async (tx, range) => {
    const page = await restorePage(tx, target, selection.filter, range);
    if (page.moved > 0) await services.jobs.drain(tx, target.orgId, target.integrationId);
    return page;
  });
}

async function restoreByIds(tx: Tx, target: WithdrawalTarget, ids: readonly string[]): Promise<number> {
  const items = new Map((await lockItems(tx, target, ids)).map((item) => [item.id, item]));
  const problems = ids.flatMap((id, index) => {
    const item = items.get(id);
    if (!item) throw new NotFoundError('sync item');
    const erased = item.state === 'WITHDRAWN' && item.erased;
    return erased
      ? [{ path: `select.syncItemIds.${index}`, message: 'is of an erased person: it stays withdrawn.' }]
      : [];
  });
  if (problems.length > 0) throw new ValidationError(problems);
  const withdrawn = ids.filter((id) => items.get(id)?.state === 'WITHDRAWN');
  await restoreLocked(tx, target, withdrawn);
  return withdrawn.length;
}
