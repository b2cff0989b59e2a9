import { type SyncErrorData, wordsOfCategory } from './error-categories.ts';
import type { HoldReason } from './gate.ts';
import type { SyncStatus } from './lifecycle.ts';

/** Who did something, and when; null: not known any more. */
export interface Act {
  by: string | null;
  at: Date | null;
}

/** A hold that is on now, and what put it there. */
export interface HoldFact extends Act {
  hold: HoldReason;
  /** As given with the change, or what the vendor said. */
  reason: string | null;
}

/** What opened the gate, of leads that had waited behind it. */
export interface FlushFact extends Act {
  how: 'SYNC_MODE_CHANGED' | 'ENABLED' | 'CONNECTED' | 'MAPPING_CHANGED';
}

/** Everything that one sentence about a lead is made of. */
export interface LeadFacts {
  status: SyncStatus;
  vendor: string;
  /** Pushes begun. */
  attempts: number;
  error: SyncErrorData | null;
  /** The person was erased. */
  erased: boolean;
  /** Of a FROZEN lead what holds it; of others what would refuse a push by hand: never the mode. */
  holds: readonly HoldFact[];
  /** Of a QUEUED lead: not pushed before. */
  nextAttemptAt: Date | null;
  /** What the vendor makes everybody wait for; null: nothing. */
  vendorWait: { state: 'THROTTLED' | 'QUOTA_EXHAUSTED' | 'VENDOR_DOWN'; until: Date } | null;
  /** Somebody's push by hand that it belongs to. */
  pushed: Act | null;
  flush: FlushFact | null;
  backfilled: boolean;
  /** How many go before it; counted up to `aheadMax` + 1. */
  ahead: number;
  /** Of a SYNCING lead: when it is taken back, unless its push goes on. */
  claimedUntil: Date | null;
  failedAt: Date | null;
  /** It failed for the same cause as before a retry. */
  failedAgain: boolean;
  clearedAt: Date | null;
  remoteId: string | null;
  /** The revision of the lead that the vendor has. */
  syncedRevision: number | null;
  /** Who took it off the list. */
  withdrawn: Act | null;
}

/** Nobody is told a place further back than this. */
export const aheadMax = 100;

/** One sentence: why a lead is where it is, and what gets it out. Instants are in UTC. */
export function explain(facts: LeadFacts): string {
  if (facts.erased) return 'The person was erased, so nothing of this lead is pushed any more.';
  switch (facts.status) {
    case 'FROZEN':
      return `Held ${listOf(facts.holds.map((fact) => causeOf(fact, facts.vendor)))}; ${waysOut(facts.holds)}.`;
    case 'QUEUED':
      return queued(facts);
    case 'SYNCING':
      return `At ${facts.vendor} right now, in attempt ${facts.attempts}; the answer is recorded when it comes${
        facts.claimedUntil
          ? `, and should our process die the lead waits again from ${instant(facts.claimedUntil)} on`
          : ''
      }.`;
    case 'FAILED':
      return failed(facts);
    case 'CLEARED':
      return cleared(facts);
    case 'WITHDRAWN':
      return `${facts.withdrawn?.by ?? 'Somebody'} took it off the work list${at(facts.withdrawn)}; restore it to have it pushed.`;
  }
}

function queued({ nextAttemptAt, vendorWait, vendor, error, attempts, ...facts }: LeadFacts): string {
  if (nextAttemptAt !== null && (vendorWait === null || nextAttemptAt > vendorWait.until)) {
    const why = error === null ? '' : `, because attempt ${attempts} ended with: ${clauseOf(error.message)}`;
    return `Waits for its next attempt at ${instant(nextAttemptAt)}${why}; it goes on by itself, and a push by hand sends it now.`;
  }
  if (vendorWait !== null) {
    const until = instant(vendorWait.until);
    const why = {
      THROTTLED: `asked us to slow down until ${until}`,
      QUOTA_EXHAUSTED: `takes nothing more until ${until}, its daily quota being used up`,
      VENDOR_DOWN: `does not answer as it should and is tried again at ${until}`,
    }[vendorWait.state];
    return `Waits for ${vendor}, which ${why}; it goes on by itself.`;
  }
  return `Waits for its turn${originOf(facts)}, ${placeOf(facts.ahead)}; it goes on by itself.`;
}

function originOf({ pushed, flush, backfilled }: Pick<LeadFacts, 'pushed' | 'flush' | 'backfilled'>): string {
  if (pushed !== null) return ` since ${pushed.by ?? 'somebody'} pushed it${at(pushed)}`;
  if (flush !== null) return ` since ${flush.by ?? 'somebody'} ${openings[flush.how]}${at(flush)}`;
  return backfilled ? ' as part of a backfill, which goes behind everything else' : '';
}

const openings: Record<FlushFact['how'], string> = {
  SYNC_MODE_CHANGED: 'switched to Automatic',
  ENABLED: 'enabled the integration',
  CONNECTED: 'connected the integration',
  MAPPING_CHANGED: 'mapped fields',
};

function placeOf(ahead: number): string {
  if (ahead === 0) return 'as the next one';
  if (ahead > aheadMax) return `behind more than ${aheadMax} others`;
  return `behind ${ahead} other${ahead === 1 ? '' : 's'}`;
}

function failed({ error, failedAt, attempts, failedAgain, holds, vendor }: LeadFacts): string {
  const when = failedAt === null ? '' : ` at ${instant(failedAt)}`;
  const where = attempts === 0 ? 'before any call' : `in attempt ${attempts}`;
  const again = failedAgain ? ', for the same cause as before it was retried' : '';
  const why =
    error === null ? '' : `: ${clauseOf(error.message)}; ${clauseOf(lowerFirst(wordsOfCategory[error.category].fix))}`;
  const but =
    holds.length === 0
      ? ''
      : `; it can't be retried ${listOf(holds.map((fact) => causeOf(fact, vendor)))}: ${waysOut(holds)} first`;
  return `Failed${when} ${where}${again}${why}${but}.`;
}

function cleared({ clearedAt, remoteId, syncedRevision, vendor }: LeadFacts): string {
  const since = clearedAt === null ? '' : ` since ${instant(clearedAt)}`;
  const as = remoteId === null ? '' : ` as record ${remoteId}`;
  const revision = syncedRevision === null ? '' : `, with revision ${syncedRevision} of the lead`;
  return `At ${vendor}${since}${as}${revision}; there is nothing to do, and an edit sends it again.`;
}

/** "since 2026-11-24 14:02 UTC because Ada switched to Manual (end-of-day check)". */
function causeOf({ hold, by, at: since, reason }: HoldFact, vendor: string): string {
  const who = by ?? 'somebody';
  const words: Record<HoldReason, string> = {
    MANUAL_MODE: `${who} switched to Manual`,
    DISABLED: `${who} disabled the integration`,
    DISCONNECTED: by === null ? 'the integration is not connected' : `${who} disconnected the integration`,
    NEEDS_AUTHORIZATION: `${vendor} refused our credentials`,
    NO_PERMISSION: `${vendor} does not let the account write`,
    ENDPOINT_GONE: 'the receiver of the webhook is gone',
    NO_MAPPING: by === null ? 'nothing is mapped' : `${who} left nothing mapped`,
  };
  const start = since === null ? '' : `since ${instant(since)} `;
  return `${start}because ${words[hold]}${reason === null ? '' : ` (${clauseOf(reason)})`}`;
}

/** In the order in which they have to be gone. */
function waysOut(holds: readonly HoldFact[]): string {
  const ways = holds.map(({ hold }) => wayOut[hold]);
  return [...new Set(ways)].join(', then ');
}

const wayOut: Record<HoldReason, string> = {
  DISCONNECTED: 'connect it',
  NEEDS_AUTHORIZATION: 'connect it again',
  NO_PERMISSION: 'connect it again with an account that may write',
  ENDPOINT_GONE: 'connect it again with the address of the receiver',
  DISABLED: 'enable the integration',
  NO_MAPPING: 'map its fields',
  MANUAL_MODE: 'push the event, or switch back to Automatic',
};

const at = (act: Act | null): string => (act?.at ? ` at ${instant(act.at)}` : '');
const listOf = (parts: readonly string[]): string => parts.join(', and ');
const clauseOf = (words: string): string => words.trim().replace(/\.$/, '');
const lowerFirst = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
/** To the minute, which is what people compare with. */
const instant = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
