import { insertItems } from '../../db/statements/edit-items.ts';
import { lockGate } from '../../db/statements/gates.ts';
import { listLeadIds, lockUntaken, type UntakenTarget } from '../../db/statements/untaken-leads.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { lanes } from '../../domain/lane.ts';
import type { OperationHandler, OperationStep } from '../operations/operation.ts';
import { newItems } from '../write-leads.ts';

/** Leads that one step looks at, and the most that it puts on the list: the gate is locked meanwhile, and claims wait for it. */
const leadsPerStep = 500;

interface BackfillProgress {
  /** The last lead that was looked at. */
  after: string;
}

/**
 * Puts the leads of an event on the work list of an integration, in the order of their ids, behind everything else that is due. What got there
 * meanwhile by itself stays as it is; what was erased or moved away since is not taken.
 */
export const backfillHandler: OperationHandler = {
  async step({ services, operation, commit }) {
    const target = targetOf(operation);
    const { after = null } = operation.progress as Partial<BackfillProgress>;
    const ids = await listLeadIds(services.db, target, after, leadsPerStep);
    return commit(async (tx) => {
      const gate = await lockGate(tx, target.orgId, target.integrationId);
      if (!gate) throw new NotFoundError('integration');
      const untaken = await lockUntaken(tx, target, ids);
      let done = operation.done;
      if (untaken.length > 0) {
        const items = newItems(services, [target.integrationId], untaken);
        const { requestedBy: by } = operation;
        done += await insertItems(tx, target.orgId, items, { cause: 'BACKFILLED', lane: lanes.BACKFILL, by });
        if (gate.flow !== 'NONE') await services.jobs.drain(tx, target.orgId, target.integrationId);
      }
      const last = ids.at(-1);
      if (last === undefined || ids.length < leadsPerStep) return { kind: 'finished', result: {}, done, total: done };
      const progress: BackfillProgress = { after: last };
      return { kind: 'more', progress, done, total: Math.max(operation.total ?? 0, done) };
    });
  },
};

function targetOf({ orgId, integrationId, eventId }: OperationStep['operation']): UntakenTarget {
  if (integrationId === null || eventId === null) throw new Error('a backfill is of one integration and one event');
  return { orgId, integrationId, eventId };
}
