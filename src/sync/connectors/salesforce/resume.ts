import type { PushRecord, RecordOutcome } from '../connector.ts';
import { errorOf, type SalesforceSession } from './api.ts';
import { findContacts } from './contacts.ts';
import { lookUp, type Match } from './lookup.ts';
import { ambiguous, blankFieldsOf, type Plan, updateOf, writeOf } from './plan.ts';
import { idKeyOf } from './query.ts';
import type { Write, Written } from './write.ts';

/** A write that did not come to an end. */
export interface Resumed {
  write: Write;
  written: Extract<Written, { error: unknown }>;
}

/** What to do next about writes that were in somebody's way, whose record is gone, or whose lead is a contact by now. */
export async function planResumed(resumed: readonly Resumed[], session: SalesforceSession): Promise<Plan> {
  const plan: Extract<Plan, { kind: 'planned' }> = { kind: 'planned', writes: [], settled: [] };
  const again = resumed.filter(({ written }) => written.kind === 'again');
  plan.writes.push(...again.map(({ write }) => write));

  const rest = resumed.filter(({ written }) => written.kind !== 'again');
  const converted = rest.filter(({ written }) => written.kind === 'converted');
  const become = await findContacts(
    converted.map(({ write: { record, way } }) => ({ record, leadId: way.kind === 'update' ? way.id : null })),
    session,
  );
  if (become.kind === 'stopped') return { ...become, met: recordsOf(converted) };
  // Known by the contact's id, or by nothing but its keys.
  const asked = rest.map(({ write }) => {
    const contactId = become.byItem.get(write.record.itemId) ?? null;
    return { ...write.record, remoteId: contactId };
  });
  const needsLookUp = asked.filter(({ remoteId, writeIfBlank }) => remoteId === null || writeIfBlank.length > 0);
  const answer = await lookUp(needsLookUp, blankFieldsOf(needsLookUp), session);
  if (answer.kind === 'stopped') return { ...answer, met: recordsOf(rest) };
  const matchOf = new Map(needsLookUp.map(({ itemId }, index) => [itemId, answer.matches[index]]));

  for (const [index, { write, written }] of rest.entries()) {
    const { record } = write;
    const remoteId = asked[index]?.remoteId ?? null;
    const match: Match =
      matchOf.get(record.itemId) ?? (remoteId ? { kind: 'one', found: { remoteId, values: {} } } : { kind: 'none' });
    const next = nextOf(write, written, match, session);
    if ('way' in next) plan.writes.push(next);
    else plan.settled.push({ record, outcome: next });
  }
  return plan;
}

function nextOf(
  write: Write,
  { kind, error }: Resumed['written'],
  match: Match,
  session: SalesforceSession,
): Write | RecordOutcome {
  const { record, way } = write;
  const failed: RecordOutcome = { kind: 'failed', error: errorOf(error, session, record.values) };
  const isSame = match.kind === 'one' && way.kind === 'update' && idKeyOf(match.found.remoteId) === idKeyOf(way.id);
  if (isSame) return failed; // found, and not to be written all the same
  if (kind === 'converted') return match.kind === 'one' ? updateOf(record, match.found) : failed;
  // What is in the way is the same person, where it has one of the lead's keys: somebody created it since the look-up.
  if (error.step === 'DUPLICATE') return match.kind === 'one' ? updateOf(record, match.found) : failed;
  return match.kind === 'several' ? ambiguous(match) : writeOf(record, match);
}

const recordsOf = (resumed: readonly Resumed[]): PushRecord[] => resumed.map(({ write }) => write.record);
