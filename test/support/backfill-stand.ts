import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import type { World } from './engine.ts';
import { globalId, SchemaClient } from './graphql.ts';
import type { Tenant } from './tenant.ts';

const fields = 'id status requestedBy requestedAt finishedAt total done problem integration { id } event { id }';

const start = `mutation ($input: BackfillEventInput!) { done: backfillEvent(input: $input) {
  __typename
  ... on BackfillSuccess { backfill { ${fields} } }
  ... on ConfirmationRequiredError { affectedLeads message }
  ... on ForbiddenError { requiredRole }
} }`;

const progress = `subscription ($id: ID!) { backfillProgressed(backfillId: $id) { ${fields} } }`;

/** Backfills over the API, to their end, and what they put onto a list. */
export function backfillStand(world: World) {
  const { services, feed } = world;

  const clientOf = (tenant: Tenant, role: 'admin' | 'operator' | 'viewer' = 'operator') =>
    new SchemaClient(services, tenant[role], feed);

  async function backfill(tenant: Tenant, integrationId: string, eventId: string, confirm = true) {
    const input = {
      integrationId: globalId('Integration', integrationId),
      eventId: globalId('Event', eventId),
      confirm,
    };
    return (await clientOf(tenant).data(start, { input })).done;
  }

  /** The last message of the stream, which says how it ended. */
  async function ended(tenant: Tenant, id: string) {
    const told: Record<string, unknown>[] = [];
    for await (const { backfillProgressed } of await clientOf(tenant, 'viewer').subscribe(progress, { id }))
      told.push(backfillProgressed);
    return told;
  }

  /** Runs it to its end; what the last message said. */
  async function backfillAll(tenant: Tenant, integrationId: string, eventId: string) {
    const { backfill: started } = await backfill(tenant, integrationId, eventId);
    return (await ended(tenant, started.id)).at(-1);
  }

  async function withWorker<Result>(work: () => Promise<Result>): Promise<Result> {
    const worker = await world.startWorker();
    try {
      return await work();
    } finally {
      await worker.stop();
    }
  }

  const manual = (tenant: Tenant, integrationId: string) =>
    setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });

  const leadIdsOf = async (tenant: Tenant, integrationId: string) =>
    (await tenant.items(integrationId)).map((item) => item.leadId).toSorted();

  return { fields, start, progress, clientOf, backfill, ended, backfillAll, withWorker, manual, leadIdsOf };
}
