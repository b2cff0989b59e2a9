import { type DeletionStage, deleteChunk, deletionStages } from '../db/statements/delete-integration.ts';
import type { OperationHandler } from './operations/operation.ts';

/** Removes what is left of a deleted integration, a chunk a step. */
export const integrationDeletionHandler: OperationHandler = {
  step: ({ operation, commit }) =>
    commit(async (tx) => {
      const { orgId, integrationId } = operation;
      if (integrationId === null) throw new Error(`the deletion ${operation.id} names no integration`);
      const { stage = 'ITEMS' } = operation.progress as { stage?: DeletionStage };
      const removed = await deleteChunk(tx, { orgId, integrationId }, stage);
      const done = operation.done + (stage === 'ITEMS' ? removed : 0);
      const next = removed > 0 ? stage : deletionStages[deletionStages.indexOf(stage) + 1];
      if (next === undefined) return { kind: 'finished', result: {}, done, total: done };
      return { kind: 'more', progress: { stage: next }, done };
    }),
};
