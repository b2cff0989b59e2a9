import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { findLastItem } from '../db/statements/retry-items.ts';
import {
  lockItems,
  type WithdrawalPage,
  type WithdrawalRange,
  type WithdrawalTarget,
  withdrawalChunk,
  withdrawItems as withdrawLocked,
  withdrawPage,
} from '../db/statements/withdraw-items.ts';
import { gates } from '../db/tables/index.ts';
import { NotFoundError, ValidationError } from '../domain/errors.ts';
import { nextState } from '../domain/lifecycle.ts';
import type { Selection } from './selection.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';
import { withdrawalSelectionOf } from './withdrawal-selection.ts';

export interface WithdrawItems {
  integrationId: string;
  select: Selection;
}

/**
 * Takes leads off the work list of an integration: they are in no group and no count, and nothing pushes them until somebody restores them. By
 * ids, all or none, CLEARED ones too; or whatever waits or failed and matches a filter, in chunks: if the process dies in between, what was done
 * stays done, and the same call goes on. Those in flight can't be withdrawn. Returns how many it took off. Operators and admins.
 */
export async function withdrawItems(services: Services, viewer: Viewer, input: WithdrawItems): Promise<number> {
  requireRole(viewer, 'OPERATOR');
  const target = { orgId: viewer.orgId, integrationId: input.integrationId, by: viewer.name };
  await requireIntegration(services, target);
  const selection = await withdrawalSelectionOf(services, viewer, input.select, ['PRE_SYNC', 'FAILED']);
  if ('ids' in selection) return services.db.transaction((tx) => withdrawByIds(tx, target, selection.ids));
  const { states, ...filter } = selection.filter;
  let withdrawn = 0;
  for (const state of states) {
    withdrawn += await inChunks(services, target, (tx, range) => withdrawPage(tx, target, { ...filter, state }, range));
  }
  return withdrawn;
}

async function withdrawByIds(tx: Tx, target: WithdrawalTarget, ids: readonly string[]): Promise<number> {
  const items = new Map((await lockItems(tx, target, ids)).map((item) => [item.id, item]));
  const problems = ids.flatMap((id, index) => {
    const item = items.get(id);
    if (!item) throw new NotFoundError('sync item');
    const path = `select.syncItemIds.${index}`;
    if (item.erased) return [{ path, message: 'is of an erased person: nothing of it is pushed any more.' }];
    if (item.state === 'WITHDRAWN' || nextState(item.state, 'withdraw') !== null) return [];
    return [{ path, message: `is ${item.state}: wait for the vendor's answer.` }];
  });
  if (problems.length > 0) throw new ValidationError(problems);
  const onTheList = ids.filter((id) => items.get(id)?.state !== 'WITHDRAWN');
  await withdrawLocked(tx, target, onTheList);
  return onTheList.length;
}

/** NotFoundError unless the organization has the integration. */
export async function requireIntegration(
  { db }: Pick<Services, 'db'>,
  { orgId, integrationId }: Pick<WithdrawalTarget, 'orgId' | 'integrationId'>,
): Promise<void> {
  const [gate] = await db
    .select({ version: gates.version })
    .from(gates)
    .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)));
  if (!gate) throw new NotFoundError('integration');
}

/** Moves page by page, each in a transaction of its own, whatever matched when it began. Returns how many. */
export async function inChunks(
  services: Services,
  { orgId }: Pick<WithdrawalTarget, 'orgId'>,
  move: (tx: Tx, range: WithdrawalRange) => Promise<WithdrawalPage>,
): Promise<number> {
  const until = await services.db.transaction((tx) => findLastItem(tx, orgId));
  if (until === null) return 0;
  let moved = 0;
  let after: string | null = null;
  for (;;) {
    const range: WithdrawalRange = { after, until };
    const page: WithdrawalPage = await services.db.transaction((tx) => move(tx, range));
    moved += page.moved;
    if (page.paged < withdrawalChunk) return moved;
    after = page.last;
  }
}
