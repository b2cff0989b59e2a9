import type { OperationRow } from '../db/statements/operations.ts';
import { enumType } from './builder.ts';

/** Of everything that is done in the background because somebody asked for it. */
export const OperationStatusType = enumType<OperationRow['status']>(
  'OperationStatus',
  'How far something is that is done in the background. It goes on after a restart.',
  {
    RUNNING: 'It is being done, or waits for its turn.',
    COMPLETED: 'Done.',
    FAILED: 'It could not be finished: `problem` says why.',
    CANCELED: 'Somebody ended it before it was done.',
  },
);
