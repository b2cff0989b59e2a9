import type { OperationRow } from '../../src/db/statements/operations.ts';
import { listFindings } from '../../src/db/statements/verification/findings.ts';
import type { Finding } from '../../src/domain/verification.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { outcomeOf, summaryOf } from '../../src/sync/verification/verification.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import type { World } from './engine.ts';
import { leadOf, type Tenant } from './tenant.ts';

export interface Verified {
  operation: OperationRow;
  outcome: ReturnType<typeof outcomeOf>;
  findings: Finding[];
  integrations: ReturnType<typeof summaryOf>['integrations'];
}

/** A verification that is run to its end, and what there is to verify. */
export function verificationStand(world: World) {
  const { services } = world;

  async function verified(
    tenant: Tenant,
    options: { integrationId?: string; readBack?: boolean; meanwhile?: (id: string) => Promise<unknown> } = {},
  ): Promise<Verified> {
    const { integrationId = null, readBack = false } = options;
    const id = await verify(services, tenant.operator, { integrationId, readBack });
    await options.meanwhile?.(id);
    let last: OperationRow | undefined;
    const target = { orgId: tenant.orgId, operationId: id };
    for await (const row of world.feed.operation(target, AbortSignal.timeout(25_000))) last = row;
    if (!last) throw new Error('nothing was told of the verification');
    const findings = await listFindings(services.db, tenant.orgId, id, { kind: null, after: null, limit: 1_000 });
    return { operation: last, outcome: outcomeOf(last), findings, integrations: summaryOf(last).integrations };
  }

  /** Leads in every place there is, and an integration that came too late for most of them. */
  async function busyTenant() {
    const tenant = await world.tenant();
    const stand = await tenant.connectMarketo();
    const eventId = await tenant.createEvent();
    const { integrationId } = stand;
    await tenant.capture(eventId, 4);
    const failing = [leadOf(900, { email: null }), leadOf(901, { email: null })];
    await tenant.capture(eventId, failing);
    await tenant.until(integrationId, { cleared: 4, failed: 2 });
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const late = await tenant.connectWebhook();
    await tenant.capture(eventId, 3);
    await tenant.capture(eventId, [leadOf(910, { enriched: false })]);
    await tenant.until(late.integrationId, { cleared: 3 });
    await tenant.until(integrationId, { frozen: 3 });
    return { tenant, stand, late, eventId, integrationId };
  }

  return { verified, busyTenant };
}
