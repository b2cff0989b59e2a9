import { findDbError } from '../db/client.ts';

/** SQLSTATE of what the log's trigger raises where an integration has no gate any more. */
const noDataFound = 'P0002';

/**
 * Runs a change that puts leads on the work lists of all integrations, and runs it again when one of them was deleted between the reading and the
 * writing: nothing was committed, and the second time it is not among them.
 */
export async function againIfDeleted<Done>(change: () => Promise<Done>): Promise<Done> {
  try {
    return await change();
  } catch (error) {
    if (findDbError(error)?.code !== noDataFound) throw error;
    return change();
  }
}
