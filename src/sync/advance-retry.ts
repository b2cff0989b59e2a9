import { and, eq, gte, lt, ne, or, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { type Gate, lockGate } from '../db/statements/gates.ts';
import { ringDoorbell } from '../db/statements/log.ts';
import {
  listSelectedItems,
  type RetrySelection,
  releaseChunk,
  type SelectedItem,
} from '../db/statements/retry-items.ts';
import { addMembers, hasMembers, releaseMembers } from '../db/statements/retry-members.ts';
import { gates, retries } from '../db/tables/index.ts';
import { stopsAfter } from '../domain/ramp.ts';
import type { Prospect } from './foresee.ts';
import { foretell, openProspect } from './foretell.ts';
import { changeGate } from './gate.ts';
import type { Services } from './services.ts';

/** A retry whose process has not moved it on for so long is taken up by another. */
const abandonedSeconds = 30;

type Retry = typeof retries.$inferSelect;

/**
 * Takes a retry as far as it can go now. First it looks for what was selected and makes it members, which fixes the total; then it releases them,
 * a ramp step by step. In chunks, so that a switch of mode never waits for more than one, and each commits how far it came: if the process dies,
 * another goes on. Two that advance the same retry share the chunks. It stands still while the integration is held (to go on when that ends),
 * and while a step of its ramp waits for outcomes. Whoever has no time left says so by `isWanted`.
 */
export async function advanceRetry(
  services: Services,
  orgId: string,
  retryId: string,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const prospect = await openProspectOf(services, orgId, retryId);
  while (isWanted() && (await services.db.transaction((tx) => advance(services, tx, { orgId, retryId, prospect }))));
}

/** What pushes would be made with, where the retry takes only leads that would pass: read before the gate is locked, as it may ask the vendor. */
async function openProspectOf(services: Services, orgId: string, retryId: string): Promise<Prospect | null> {
  const [found] = await services.db
    .select({ integrationId: retries.integrationId })
    .from(retries)
    .where(
      and(eq(retries.orgId, orgId), eq(retries.id, retryId), eq(retries.looking, true), eq(retries.onlyPassing, true)),
    );
  return found ? openProspect(services, orgId, found.integrationId) : null;
}

/** True: there may be more to do at once. */
async function advance(
  services: Services,
  tx: Tx,
  { orgId, retryId, prospect }: { orgId: string; retryId: string; prospect: Prospect | null },
): Promise<boolean> {
  const ofRetry = and(eq(retries.orgId, orgId), eq(retries.id, retryId));
  const [found] = await tx.select({ integrationId: retries.integrationId }).from(retries).where(ofRetry);
  const gate = found && (await lockGate(tx, orgId, found.integrationId));
  const [retry] = await tx.select().from(retries).where(ofRetry); // after the lock: as the chunk before left it
  if (!gate || retry?.status !== 'RUNNING' || !retry.releasing) return false;
  if (retry.looking) {
    await lookOn(services, tx, retry, prospect);
    return true;
  }
  const wanted = retry.ramp ? leadsOfStep(retry) - retry.stepReleased : releaseChunk;
  const isFull = wanted <= 0 || !(await hasMembers(tx, orgId, retryId));
  if (!isFull) return gate.flow === 'NONE' ? false : releaseOn(services, tx, retry, wanted);
  if (!isLastStep(retry) && retry.cleared + retry.failed < retry.released) return false; // its last outcome rings
  return passStep(services, tx, gate, retry);
}

/** Of the step that the retry is in; without a ramp, and behind its last step, everything that is left. */
const leadsOfStep = ({ ramp, step }: Retry): number => ramp?.steps[step - 1] ?? Number.POSITIVE_INFINITY;
const isLastStep = ({ ramp, step }: Retry): boolean => !ramp || step > ramp.steps.length;

/** Makes the next page of what was selected members. What other running retries have stays with them. */
async function lookOn(services: Services, tx: Tx, retry: Retry, prospect: Prospect | null): Promise<void> {
  const { orgId, id, releaseUntil: until } = retry;
  const selection = retry.selection as RetrySelection;
  const [state, ...statesLeft] = selection.states;
  const page =
    state && until !== null
      ? await listSelectedItems(tx, retry, selection, { state, after: retry.releasedUpTo, until })
      : [];
  const selected = page.filter((item) => !item.taken);
  const members = retry.onlyPassing ? await passing(tx, orgId, prospect, selected) : selected;
  await addMembers(tx, orgId, id, members);
  const moreOfState = page.length === releaseChunk;
  const looking = moreOfState || statesLeft.length > 0;
  await update(tx, retry, {
    total: sql`${retries.total} + ${members.length}`,
    skipped: sql`${retries.skipped} + ${selected.length - members.length}`,
    selection: moreOfState ? selection : { ...selection, states: statesLeft },
    releasedUpTo: moreOfState ? (page.at(-1)?.id ?? null) : null,
    releasedAt: services.now(),
    looking,
    ...(!looking && retry.ramp && { step: 1 }),
  });
}

/** Those that would pass everything that can be known before the call. */
async function passing(
  tx: Tx,
  orgId: string,
  prospect: Prospect | null,
  items: readonly SelectedItem[],
): Promise<readonly SelectedItem[]> {
  if (!prospect) return [];
  const foretold = await foretell(tx, orgId, prospect, items);
  return items.filter((item) => foretold.get(item.id) === null);
}

async function releaseOn(services: Services, tx: Tx, retry: Retry, wanted: number): Promise<boolean> {
  const { orgId, id: retryId, integrationId, releaseEpoch } = retry;
  const chunk = await releaseMembers(tx, { orgId, retryId, releaseEpoch }, wanted);
  const { members, released, cleared, failed } = chunk;
  const lost = members - released - cleared - failed;
  await update(tx, retry, {
    total: sql`${retries.total} - ${lost}`,
    released: sql`${retries.released} + ${released + cleared + failed}`,
    cleared: sql`${retries.cleared} + ${cleared}`,
    failed: sql`${retries.failed} + ${failed}`,
    stepReleased: sql`${retries.stepReleased} + ${released}`,
    stepFailed: sql`${retries.stepFailed} + ${failed}`, // not failures of the step: they would have been without it
    releasedAt: services.now(),
  });
  if (released > 0) await services.jobs.drain(tx, orgId, integrationId);
  return true;
}

/** Everything of the step is released and, but for the last one, answered: stops, goes on with the next, or has nothing left to release. */
async function passStep(services: Services, tx: Tx, gate: Gate, retry: Retry): Promise<boolean> {
  const { orgId, id, ramp, step } = retry;
  const failed = retry.failed - retry.stepFailed;
  if (ramp && !isLastStep(retry) && stopsAfter(ramp, { leads: retry.stepReleased, failed })) {
    await update(tx, retry, { status: 'STOPPED', releasing: false, forgetting: true });
    return false;
  }
  const left = await hasMembers(tx, orgId, id);
  const passed = !left || !ramp || step >= ramp.steps.length;
  if (passed && retry.opensGate) await openGate(services, tx, gate, retry);
  await update(tx, retry, {
    step: sql`${retries.step} + ${left ? 1 : 0}`,
    stepReleased: 0,
    stepFailed: sql`${retries.failed}`,
    releasing: left,
    ...(!left && {
      status: sql`case when ${retries.cleared} + ${retries.failed} >= ${retries.total} then 'COMPLETED' else ${retries.status} end`,
    }),
  });
  return left;
}

/** What the ramp was for: from here on everything flows, what comes new included. Nothing where somebody did it already. */
async function openGate(services: Services, tx: Tx, gate: Gate, retry: Retry): Promise<void> {
  const target = { orgId: retry.orgId, integrationId: retry.integrationId, by: retry.requestedBy };
  await changeGate(services, tx, target, () => {
    if (gate.mode === 'AUTOMATIC') return null;
    const note = { kind: 'SYNC_MODE_CHANGED', before: { mode: gate.mode }, after: { mode: 'AUTOMATIC' } } as const;
    return { patch: { mode: 'AUTOMATIC' }, notes: [{ ...note, reason: retry.reason }] };
  });
}

/** Writes the retry and tells everybody. Locks its row: last in the transaction, behind items, log and counts. */
async function update(
  tx: Tx,
  retry: Retry,
  values: Parameters<ReturnType<typeof tx.update<typeof retries>>['set']>[0],
): Promise<void> {
  await tx
    .update(retries)
    .set(values)
    .where(and(eq(retries.orgId, retry.orgId), eq(retries.id, retry.id)));
  await ringDoorbell(tx, retry.integrationId);
}

const unfinished = and(eq(retries.status, 'RUNNING'), eq(retries.releasing, true));
const isAnswered = gte(sql`${retries.cleared} + ${retries.failed}`, retries.released);

/** Running retries of an integration, or of all, that may have something left to do: a step is answered, or what held the integration ended. */
export async function listUnfinishedRetries(
  services: Services,
  target: { orgId: string; integrationId: string } | null,
): Promise<{ orgId: string; id: string }[]> {
  const ofTarget = target && and(eq(retries.orgId, target.orgId), eq(retries.integrationId, target.integrationId));
  return services.db
    .select({ orgId: retries.orgId, id: retries.id })
    .from(retries)
    .where(and(unfinished, ofTarget ?? undefined));
}

/** Retries that could go on and that nobody takes on: their process died, or nobody heard the ring. */
export async function listAbandonedRetries(services: Services): Promise<{ orgId: string; id: string }[]> {
  const since = new Date(services.now().getTime() - abandonedSeconds * 1_000);
  const isStill = lt(retries.releasedAt, since);
  const isStepDone = and(eq(retries.looking, false), sql`${retries.ramp} is not null`, isAnswered);
  return services.db
    .select({ orgId: retries.orgId, id: retries.id })
    .from(retries)
    .innerJoin(gates, and(eq(gates.orgId, retries.orgId), eq(gates.integrationId, retries.integrationId)))
    .where(and(unfinished, or(isStepDone, and(isStill, or(eq(retries.looking, true), ne(gates.flow, 'NONE'))))));
}
