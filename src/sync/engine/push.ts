import { setTimeout } from 'node:timers/promises';
import { prolongClaim } from '../../db/statements/claim.ts';
import { noteCreate } from '../../db/statements/creates.ts';
import { noteWritten, type Settlement } from '../../db/statements/settle.ts';
import type { Connection } from '../connection.ts';
import { type PushAnswer, type PushSession, syncError, type WrittenRecord } from '../connectors/connector.ts';
import { judge } from './judge.ts';
import { pacedHttp } from './paced-http.ts';
import type { Prepared } from './prepare.ts';
import type { ClaimedItems, PreparedClaim, PushContext } from './push-context.ts';
import { PushRecording, withRefusals } from './push-recording.ts';
import { refusedLocally } from './verdict.ts';

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
      : { settlements: [], halves: [] };
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
