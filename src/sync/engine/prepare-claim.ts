import { listEarlierCreates } from '../../db/statements/creates.ts';
import { listLeadsToPush } from '../../db/statements/leads.ts';
import { openConnection } from '../connection.ts';
import type { Prospect } from '../foresee.ts';
import { listFieldMappings } from '../set-field-mappings.ts';
import { countedHttp } from './paced-http.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { ClaimedItems, PreparedClaim, PushContext } from './push-context.ts';

/**
 * Makes the records of a claim, once for all the calls that it takes. Rejects when the database refuses or nothing is connected any more: the
 * claim then ends by itself.
 */
export async function prepareClaim(context: PushContext, claim: ClaimedItems): Promise<PreparedClaim> {
  await reopenIfChanged(context, claim);
  const { connection, connectionEpoch } = context;
  const { services } = context.engine;
  const { orgId, integrationId } = context.job;
  // In statements of their own: leads and mappings as they are now, not as of the claim's snapshot.
  const [leads, mappings] = await Promise.all([
    listLeadsToPush(
      services.db,
      orgId,
      integrationId,
      claim.items.map((item) => item.lead_id),
    ),
    listFieldMappings(services.db, orgId, integrationId),
  ]);
  const http = countedHttp(connection.session.http, context.pacer);
  const fields = await context.fields.fields(
    { ...connection, session: { ...connection.session, http } },
    mappings.map((mapping) => mapping.remoteField),
  );
  const prospect: Prospect = { connection, mappings, fields };
  const records = await withEarlierCreates(context, claim, prepare(prospect, claim, leads));
  return { connection, connectionEpoch, records, prospect };
}

/** Where the vendor may create a person twice, each record of one without a known id is told when the person was last sent to be created. */
async function withEarlierCreates(
  { engine, job, connection }: PushContext,
  claim: ClaimedItems,
  records: Prepared[],
): Promise<Prepared[]> {
  if (!connection.connector.notesCreates) return records;
  const unknown = new Set(records.flatMap(({ item, record }) => (record.remoteId === null ? item.id : [])));
  if (unknown.size === 0) return records;
  const rows = await listEarlierCreates(
    engine.services.db,
    job.orgId,
    job.integrationId,
    connection.integration.accountGeneration,
    claim.items.filter(({ id }) => unknown.has(id)).map(({ id, match_key: matchKey }) => ({ id, matchKey })),
  );
  const earlierOf = new Map(rows.map((row) => [row.item_id, { agoMs: row.ago_ms, remoteId: row.remote_id }]));
  return records.map((one) => {
    const earlierCreate = earlierOf.get(one.item.id);
    return earlierCreate ? { ...one, record: { ...one.record, earlierCreate } } : one;
  });
}

/** New credentials since the drain began: they are what this claim was made under. */
async function reopenIfChanged(context: PushContext, claim: ClaimedItems): Promise<void> {
  const epoch = claim.items[0]?.connection_epoch ?? context.connectionEpoch;
  if (epoch === context.connectionEpoch) return;
  const { services } = context.engine;
  const connection = await openConnection(services, services.db, context.job.orgId, context.job.integrationId, {
    closes: true,
  });
  if (!connection) throw new Error('disconnected between the claim and the push');
  context.connection = connection;
  context.connectionEpoch = epoch;
}
