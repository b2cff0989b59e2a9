import { and, eq, isNotNull } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import type { Gate } from '../db/statements/gates.ts';
import { retries } from '../db/tables/index.ts';
import { ValidationError } from '../domain/errors.ts';
import type { Ramp } from '../domain/ramp.ts';
import { advanceRetry } from './advance-retry.ts';
import { changeGate, type SettingInput, type SyncModeReceipt } from './gate.ts';
import { insertRetry, requireRamp } from './retry.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * To Automatic step by step: what is frozen now is pushed as a retry with a ramp. The mode stays Manual, and new leads freeze, until the last step
 * has passed; then the mode becomes Automatic by itself and everything flows. If the ramp stops or is canceled the mode stays Manual. While
 * something else holds the integration the ramp waits. One that is under way already is returned as it is; no retry where the mode is Automatic.
 * Operators and admins.
 */
export async function rampToAutomatic(
  services: Services,
  viewer: Viewer,
  input: SettingInput & { ramp: Ramp },
): Promise<{ receipt: SyncModeReceipt; retryId: string | null }> {
  requireRole(viewer, 'OPERATOR');
  const { integrationId, expectedVersion, ramp, reason = null } = input;
  requireRamp(ramp);
  const target = { orgId: viewer.orgId, integrationId, by: viewer.name, expectedVersion };
  const begun = await services.db.transaction(async (tx) => {
    const { gate, receipt } = await changeGate(services, tx, target, () => null); // its receipt: how things are
    if (gate.mode === 'AUTOMATIC') return { receipt, retryId: null };
    const running = await findRamp(tx, gate);
    if (running && !running.opensGate) {
      throw new ValidationError([
        {
          path: 'ramp',
          message: 'a retry of this integration has a ramp already. Wait until it has ended, or cancel it.',
        },
      ]);
    }
    const { releaseEpoch } = gate;
    const selection = { states: ['PENDING' as const] };
    const wanted = { integrationId, selection, ramp, releaseEpoch, opensGate: true, reason };
    return { receipt, retryId: running?.id ?? (await insertRetry(services, tx, viewer, wanted)) };
  });
  if (begun.retryId !== null) await advanceRetry(services, viewer.orgId, begun.retryId);
  return begun;
}

/** The ramp that runs: two at once would each judge by half of what fails. */
async function findRamp(tx: Tx, gate: Gate): Promise<{ id: string; opensGate: boolean } | null> {
  const [found] = await tx
    .select({ id: retries.id, opensGate: retries.opensGate })
    .from(retries)
    .where(
      and(
        eq(retries.orgId, gate.orgId),
        eq(retries.integrationId, gate.integrationId),
        eq(retries.status, 'RUNNING'),
        isNotNull(retries.ramp),
      ),
    );
  return found ?? null;
}
