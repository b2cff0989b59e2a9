import type { OperationKind } from '../../db/tables/index.ts';
import { backfillHandler } from '../backfill/backfill-handler.ts';
import { integrationDeletionHandler } from '../integration-deletion.ts';
import { verificationHandler } from '../verification/verification-handler.ts';
import type { OperationHandler } from './operation.ts';

export type OperationHandlers = Partial<Record<OperationKind, OperationHandler>>;

/** What works on each kind of operation: a file and a line here. */
export const operationHandlers: OperationHandlers = {
  BACKFILL: backfillHandler,
  VERIFICATION: verificationHandler,
  INTEGRATION_DELETION: integrationDeletionHandler,
};
