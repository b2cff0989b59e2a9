import { and, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { deleteCampaignsOf } from '../db/statements/event-campaigns.ts';
import type { Gate, GatePatch } from '../db/statements/gates.ts';
import { integrations, vendorFlows } from '../db/tables/index.ts';
import { NotFoundError } from '../domain/errors.ts';
import { type Accepted, type Connect, type Connected, connectionColumns } from './connected.ts';
import { storedCredentials } from './connection.ts';
import type { Connector } from './connectors/connector.ts';
import { type ChangeNote, changeGate } from './gate.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

type Integration = typeof integrations.$inferSelect;

/** Stores other credentials with an integration that exists, and lets flow what its mode lets flow. */
export async function reconnect(
  services: Services,
  tx: Tx,
  viewer: Viewer,
  connector: Connector,
  integrationId: string,
  input: Connect,
  accepted: Accepted,
): Promise<Connected> {
  const { orgId } = viewer;
  const target = { orgId, integrationId, by: viewer.name, expectedVersion: input.expectedVersion };
  const known: { integration?: Integration; accountChanged: boolean } = { accountChanged: false };
  const { receipt } = await changeGate(services, tx, target, async (gate) => {
    const [integration] = await tx
      .select()
      .from(integrations)
      .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
    if (!integration) throw new NotFoundError('integration');
    known.integration = integration;
    known.accountChanged = integration.accountId !== null && integration.accountId !== accepted.accountId;
    // Ids of campaigns are those of the account: in another one the same id is another campaign.
    const campaigns = known.accountChanged ? await deleteCampaignsOf(tx, orgId, integrationId) : 0;
    return {
      patch: reconnectPatch(gate, known.accountChanged),
      notes: reconnectNotes(gate, integration, accepted, known.accountChanged, campaigns),
    };
  });
  const { accountChanged } = known;
  const { credentials, until } = succeed(services, connector, known, accepted);
  await tx
    .update(integrations)
    .set({
      ...connectionColumns(services, viewer, integrationId, { ...accepted, credentials }),
      ...(input.name && { name: input.name.trim() }),
      ...(accountChanged && { accountGeneration: (known.integration?.accountGeneration ?? 1) + 1 }),
    })
    .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
  await tx
    .update(vendorFlows)
    .set({ state: 'FLOWING', resumesAt: null, failures: 0, suspectId: null })
    .where(and(eq(vendorFlows.orgId, orgId), eq(vendorFlows.integrationId, integrationId)));
  const previousSecretUntil = until === null ? null : new Date(until);
  return { integrationId, receipt, accountChanged, webhookSecret: accepted.generatedSecret, previousSecretUntil };
}

/** Of another account nothing is kept: it is somebody else's. */
function succeed(
  services: Services,
  connector: Connector,
  { integration, accountChanged }: { integration?: Integration; accountChanged: boolean },
  { credentials }: Accepted,
): { credentials: unknown; until: number | null } {
  const before = integration && !accountChanged ? storedCredentials(services, connector, integration) : null;
  if (before === null || !connector.succeed) return { credentials, until: null };
  return connector.succeed(before, credentials, services.now().getTime());
}

function reconnectPatch(gate: Gate, accountChanged: boolean): GatePatch {
  return {
    connection: 'CONNECTED',
    permitted: true,
    endpointGone: false,
    connectionEpoch: gate.connectionEpoch + 1,
    ...(accountChanged && { mode: 'MANUAL', releaseEpoch: gate.releaseEpoch + 1 }),
  };
}

const anotherAccount = 'Connected to another account than before.';

function reconnectNotes(
  gate: Gate,
  before: Integration,
  accepted: Accepted,
  accountChanged: boolean,
  campaigns: number,
): ChangeNote[] {
  const notes: ChangeNote[] = [
    {
      kind: 'CONNECTED',
      before: { connection: gate.connection, account: before.accountName },
      after: { connection: 'CONNECTED', account: accepted.accountName },
    },
  ];
  if (accountChanged && gate.mode !== 'MANUAL') {
    notes.push({
      kind: 'SYNC_MODE_CHANGED',
      before: { mode: gate.mode },
      after: { mode: 'MANUAL' },
      reason: anotherAccount,
    });
  }
  if (campaigns > 0) {
    notes.push({ kind: 'CAMPAIGN_CHANGED', before: { events: campaigns }, after: null, reason: anotherAccount });
  }
  return notes;
}
