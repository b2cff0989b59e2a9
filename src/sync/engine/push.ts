import { setTimeout } from 'node:timers/promises';
import { type ClaimedItem, prolongClaim } from '../../db/statements/claim.ts';
import { listEarlierCreates, noteCreate } from '../../db/statements/creates.ts';
import { listLeadsToPush } from '../../db/statements/leads.ts';
import { noteWritten, type Settlement } from '../../db/statements/settle.ts';
import { writeVendorFlow } from '../../db/statements/vendor-flow.ts';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import { loseAuthorization, losePermission } from '../close-connection.ts';
import { type Connection, openConnection } from '../connection.ts';
import {
  type PushAnswer,
  type PushSession,
  type Stopped,
  syncError,
  type WrittenRecord,
} from '../connectors/connector.ts';
import type { Prospect } from '../foresee.ts';
import { listFieldMappings } from '../set-field-mappings.ts';
import type { AccountLimits } from './account-limits.ts';
import type { Engine } from './engine.ts';
import type { FieldCache } from './field-cache.ts';
import type { DrainJob } from './jobs.ts';
import { countedHttp, pacedHttp } from './paced-http.ts';
import type { Pacer } from './pacing.ts';
import { type Prepared, prepare } from './prepare.ts';
import { PushRecording, withRefusals } from './push-recording.ts';
import type { Settler } from './settler.ts';
import type { VendorState } from './vendor-state.ts';
import {
  divide,
  failed,
  halve,
  interrupted,
  refusedLocally,
  settleOutcomes,
  spends,
  unsent,
  waits,
  withWritten,
} from './verdict.ts';

/** What the pushes of one drain share. */
export interface PushContext {
  engine: Engine;
  job: DrainJob;
  connection: Connection;
  /** Of the gate, when `connection` was opened: answers to older credentials close nothing. */
  connectionEpoch: number;
  vendor: VendorState;
  limits: AccountLimits;
  pacer: Pacer;
  settler: Settler;
  fields: FieldCache;
  /** Asks the drain to push each group by itself, once the function it returns was called: when they wait again. */
  split(groups: string[][]): () => void;
}

/** What one claim took. */
export interface ClaimedItems {
  token: string;
  items: ClaimedItem[];
  /** Monotonic: nothing is sent after this unless the claim is prolonged. */
  until: number;
}

/** The records of a claim, and the connection that they are for: by the time of an answer the drain may have another. */
export interface PreparedClaim {
  connection: Connection;
  connectionEpoch: number;
  records: Prepared[];
  /** What the records were made with. */
  prospect: Prospect;
}

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

/**
 * Pushes one call's worth of a claim and records the answer. Never throws: what can't be recorded is recovered when its claim ends. If the
 * process dies in the call, the vendor gets the records again; after the call, the same.
 */
export async function push(
  context: PushContext,
  claim: ClaimedItems,
  preparing: Promise<PreparedClaim>,
  first: number,
  count: number,
): Promise<void> {
  const { services } = context.engine;
  const { log } = services;
  const startedAt = context.engine.monotonic();
  try {
    const { connection, connectionEpoch, records, prospect } = await preparing;
    const prepared = records.slice(first, first + count);
    const refused = prepared.flatMap(({ item, problem }) => (problem ? [refusedLocally(item, problem)] : []));
    const toSend = prepared.filter(({ problem }) => problem === null);
    const recording = new PushRecording(context.engine, connection);
    const answer = toSend.length > 0 ? await send(context, connection, claim, toSend, recording) : null;
    recording.ended();
    const { settlements, halves } = answer
      ? await judge(context, connectionEpoch, toSend, answer, startedAt)
      : nothingToRecord;
    if (settlements.some(({ begun, error }) => begun && error?.category === 'MISSING_REMOTE_FIELD'))
      context.fields.expire();
    const go = context.split(halves);
    const reasonOf = new Map(claim.items.map((item) => [item.id, item.reason]));
    const recorded = recording.attach([...refused, ...settlements], reasonOf);
    await context.settler.settle(withRefusals(recorded, prepared, prospect)).finally(go);
    log.info(
      {
        event: 'push.finished',
        integration: context.job.integrationId,
        vendor: connection.integration.vendor,
        answer: answer?.kind ?? 'refused locally',
        ...tally([...refused, ...settlements]),
        durationMs: Math.round(context.engine.monotonic() - startedAt),
      },
      'push finished',
    );
  } catch (error) {
    log.error(
      { event: 'push.unrecorded', integration: context.job.integrationId, leads: count, err: error },
      'push not recorded',
    );
  }
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

/** Calls the vendor. The claim is prolonged while it takes its time, and before every request the connector asks whether it still holds. */
async function send(
  context: PushContext,
  connection: Connection,
  claim: ClaimedItems,
  toSend: readonly Prepared[],
  recording: PushRecording,
): Promise<PushAnswer> {
  const { engine, job } = context;
  const { times, monotonic, services } = engine;
  const ids = toSend.map(({ item }) => item.id);
  let until = claim.until;
  const prolong = async () => {
    const began = monotonic();
    const ours = await prolongClaim(services.db, job.orgId, ids, claim.token, times.claimSeconds).catch(() => false);
    if (ours) until = began + (times.claimSeconds - times.claimMarginSeconds) * 1_000;
  };
  const timer = setInterval(() => void prolong(), (times.claimSeconds * 1_000) / 3);
  const time = {
    timeLeftMs: () => (monotonic() < until && !engine.abort.aborted ? times.requestMs : 0),
    signal: engine.abort,
    pause: (ms: number) => setTimeout(ms, undefined, { signal: engine.abort }).catch(() => {}),
  };
  const paced = pacedHttp(connection.session.http, context.pacer, time);
  const session: PushSession<unknown> = {
    ...connection.session,
    ...time,
    http: paced.http,
    exchanged: (itemId, exchange) => recording.exchanged(itemId, exchange),
    learned: (limits) => context.limits.learn(limits),
    wrote: (records) => noteRecords(context, claim, toSend, records),
    creating: (itemId) =>
      noteCreate(services.db, job.orgId, claim.token, itemId).catch((error: unknown) => {
        services.log.warn({ event: 'create.unnoted', integration: job.integrationId, err: error }, 'not sent yet');
        return false;
      }),
  };
  try {
    const records = toSend.map(({ record }) => record);
    const answer = await connection.connector.push(records, session);
    return paced.ranOut ? ranOut(answer) : answer;
  } catch (error) {
    services.log.error({ event: 'connector.threw', integration: job.integrationId, err: error }, 'a connector threw');
    return {
      kind: 'unavailable',
      error: syncError('UNKNOWN', 'The push failed for a reason of our own.'),
      whole: false,
      retryAfterMs: null,
    };
  } finally {
    clearInterval(timer);
  }
}

/** The time was over before a slot came: what was not sent is nobody's failure, in the first step and in a later one. */
function ranOut(answer: PushAnswer): PushAnswer {
  if (answer.kind === 'unavailable') return { kind: 'unsent' };
  if (answer.kind !== 'answered' || answer.interruption?.kind !== 'unavailable') return answer;
  return { ...answer, interruption: { kind: 'unsent' } };
}

interface Judgement {
  settlements: Settlement[];
  /** Ids of items that are to be pushed by themselves, group by group. */
  halves: string[][];
}

const nothingToRecord: Judgement = { settlements: [], halves: [] };

/** Turns the vendor's answer into what to record, and does what follows for the integration as a whole. */
async function judge(
  context: PushContext,
  connectionEpoch: number,
  sent: readonly Prepared[],
  answer: PushAnswer,
  startedAt: number,
): Promise<Judgement> {
  const { vendor, engine } = context;
  const items = sent.map(({ item }) => item);
  const ids = items.map((item) => item.id);
  const random = () => engine.services.random();
  const all = (settlements: Settlement[]): Judgement => ({ settlements, halves: [] });
  const wait = (error: SyncErrorData | null) => all(items.map((item) => waits(item, error)));
  switch (answer.kind) {
    case 'answered': {
      const settlements = settleOutcomes(items, answer, random);
      if (answer.interruption) {
        const later = await judgeInterruption(context, connectionEpoch, sent, answer, answer.interruption, startedAt);
        return { settlements: [...settlements, ...later.settlements], halves: later.halves };
      }
      if (vendor.succeeded(ids)) await publishVendorFlow(context);
      return all(settlements);
    }
    case 'refused': {
      if (vendor.succeeded(ids)) await publishVendorFlow(context);
      const { guilty, halves } = divide(
        items,
        sent.map(({ record }) => record),
        answer.error,
      );
      return {
        settlements: items.map((item) => (guilty.includes(item) ? failed(item, answer.error) : waits(item, null))),
        halves: halves.map((half) => half.map((item) => item.id)),
      };
    }
    case 'throttled':
      vendor.waitFor('THROTTLED', answer.retryAfterMs);
      await publishVendorFlow(context);
      return wait(answer.error);
    case 'quota':
      vendor.waitFor('QUOTA_EXHAUSTED', answer.resetsAt.getTime() - engine.services.now().getTime());
      await publishVendorFlow(context);
      return wait(answer.error);
    case 'unavailable': {
      if (engine.abort.aborted) return all(items.map(interrupted));
      const { error, whole, unreached = false, retryAfterMs } = answer;
      const blame = vendor.failed({ leads: items, whole, unreached, retryAfterMs, startedAt });
      if (blame.whose === 'vendor') {
        await publishVendorFlow(context);
        return all(items.map((item) => waits(item, error, blame.dueInMs)));
      }
      if (items.length === 1) return all(items.map((item) => spends(item, error, retryAfterMs, random())));
      const halves = halve(ids); // one of them may be to blame: asked apart, until it is alone
      return { settlements: items.map((item) => waits(item, error)), halves };
    }
    case 'unauthorized':
      await loseAuthorization(engine.services, context.job, connectionEpoch, answer.error);
      return wait(answer.error);
    case 'hold':
      await losePermission(engine.services, context.job, connectionEpoch, answer.hold, answer.error);
      return wait(answer.error);
    case 'unsent':
      return all(items.map(unsent));
  }
}

/** What a later request met is judged like an answer to the records that it concerned, with what is at the vendor already kept. */
async function judgeInterruption(
  context: PushContext,
  connectionEpoch: number,
  sent: readonly Prepared[],
  { outcomes }: Extract<PushAnswer, { kind: 'answered' }>,
  interruption: Stopped,
  startedAt: number,
): Promise<Judgement> {
  const written = new Map<string, WrittenRecord>();
  const concerned = sent.filter(({ item }, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind === 'interrupted' && outcome.written) written.set(item.id, outcome.written);
    return outcome?.kind === 'interrupted';
  });
  const { settlements, halves } = await judge(context, connectionEpoch, concerned, interruption, startedAt);
  return {
    settlements: settlements.map((settlement) => {
      const record = written.get(settlement.id);
      return record ? withWritten(settlement, record) : settlement;
    }),
    halves,
  };
}

/** Stores what the vendor has before what comes next. Where the database is away the answer is recorded at the end, with the rest. */
async function noteRecords(
  { engine, job }: PushContext,
  { token }: ClaimedItems,
  sent: readonly Prepared[],
  records: readonly (WrittenRecord & { itemId: string })[],
): Promise<void> {
  const { services } = engine;
  const itemOf = new Map(sent.map(({ item }) => [item.id, item]));
  const written = records.flatMap(({ itemId, remoteId }) => {
    const item = itemOf.get(itemId);
    return item ? [{ ...item, remoteId }] : [];
  });
  if (written.length === 0) return;
  await noteWritten(services.db, job.orgId, token, written).catch((error: unknown) =>
    services.log.warn({ event: 'written.unrecorded', integration: job.integrationId, err: error }, 'not recorded yet'),
  );
}

function tally(settlements: readonly Settlement[]) {
  const of = (outcome: Settlement['outcome']) => settlements.filter((one) => one.outcome === outcome).length;
  const categories = [...new Set(settlements.flatMap((one) => one.error?.category ?? []))];
  return {
    cleared: of('CLEARED'),
    failed: of('FAILED'),
    waiting: of('PENDING'),
    ...(categories.length > 0 && { categories }),
  };
}

/** Stores what the vendor makes us wait for. */
async function publishVendorFlow(context: PushContext): Promise<void> {
  const { orgId, integrationId } = context.job;
  await writeVendorFlow(context.engine.services.db, orgId, integrationId, context.vendor.snapshot());
}
