import { type PushAnswer, type PushRecord, type RecordOutcome, syncError } from '../connector.ts';
import { interruptedPush } from '../rest/interrupted-push.ts';
import { errorOf, type PipedriveSession } from './api.ts';
import { problemOf } from './check.ts';
import { earlierCreate } from './creates.ts';
import { knownFields } from './fields.ts';
import { type Asker, listRecent, searchByEmail } from './find.ts';
import { emailKeyOf } from './payload.ts';
import type { Person } from './person.ts';
import { createPerson, updatePerson, type Written } from './write.ts';

type Pushed = Extract<Written, { kind: 'outcome' | 'stopped' }>;

/** After so long the search is taken to know of a person. Pipedrive names no time; seconds are met. */
const searchLagMs = 60_000;
/** So long Pipedrive may be at work yet on a create that was not answered. */
const createMs = 4_000;
/** It is looked for again by then: it may be found sooner. */
const lookAgainMs = 30_000;
/** The clocks of Pipedrive and ours may differ by so much. */
const skewMs = 120_000;

/** One person after the other: Pipedrive has no calls for several. */
export async function push(batch: readonly PushRecord[], session: PipedriveSession): Promise<PushAnswer> {
  const outcomes = new Map<string, RecordOutcome>();
  for (const record of batch) {
    const pushed = await pushPerson(record, session);
    if (pushed.kind === 'stopped') return interruptedPush(batch, outcomes, pushed.answer, [record]);
    outcomes.set(record.itemId, pushed.outcome);
  }
  return { kind: 'answered', outcomes: batch.flatMap(({ itemId }) => outcomes.get(itemId) ?? []) };
}

/** By the stored id, by an id that a push of the same person brought a moment ago, by e-mail address, or as a new person. */
async function pushPerson(given: PushRecord, session: PipedriveSession): Promise<Pushed> {
  const known = await knownFields(given, session);
  if (known.kind === 'stopped') return known;
  const record = { ...given, fields: known.fields };
  const problem = problemOf(record, session.credentials.currency);
  if (problem) return failed(problem);
  const asker: Asker = { session, note: (exchange) => session.exchanged(record.itemId, exchange) };
  const earlier = earlierCreate(record, session);
  const ids = new Set([record.remoteId, earlier?.remoteId].filter((id) => id != null));
  for (const id of ids) {
    const written = await updatePerson(id, record, asker);
    if (written.kind !== 'gone') return written;
  }
  const email = emailKeyOf(record) ?? '';
  const found = await searchByEmail(email, asker);
  if (found.kind === 'stopped') return found;
  if (found.kind === 'refused') return failed(errorOf(found.error, session));
  const matched = await updateOnly(found.persons, record, asker);
  if (matched) return matched;
  return (earlier && (await lookForCreated(email, earlier.agoMs, record, asker))) ?? createNew(record, asker);
}

/** Null: there is nobody, or nobody any more. */
async function updateOnly(persons: readonly Person[], record: PushRecord, asker: Asker): Promise<Pushed | null> {
  const [person, other] = persons;
  if (!person) return null;
  if (other) {
    const ids = persons.slice(0, 10).map(({ id }) => id);
    return failed(
      syncError(
        'DUPLICATE',
        `Several persons in Pipedrive have this e-mail address: ${ids.join(', ')}. Merge them there.`,
        { field: 'emails' },
      ),
    );
  }
  const written = await updatePerson(person.id, record, asker, person);
  return written.kind === 'gone' ? null : written;
}

/**
 * The person was sent to be created before, and nobody knows what became of it. The search may not know yet: the persons themselves are looked
 * through, and where Pipedrive does not list them, it waits until the search surely knows. Null: it was not created.
 */
async function lookForCreated(email: string, agoMs: number, record: PushRecord, asker: Asker): Promise<Pushed | null> {
  const recent = await listRecent(email, asker.session.now() - agoMs - skewMs, asker);
  if (recent.kind === 'stopped') return recent;
  const matched = recent.kind === 'listed' ? await updateOnly(recent.persons, record, asker) : null;
  if (matched) return matched;
  const waitMs = (recent.kind === 'listed' ? createMs : searchLagMs) - agoMs;
  if (waitMs <= 0) return null;
  const error = syncError(
    'TIMEOUT',
    'Pipedrive did not answer whether it created the person: it is looked for again before it is sent again.',
  );
  const retryAfterMs = Math.min(waitMs, lookAgainMs);
  return { kind: 'outcome', outcome: { kind: 'postponed', error, retryAfterMs } };
}

async function createNew(record: PushRecord, asker: Asker): Promise<Pushed> {
  const written = await createPerson(record, asker);
  return written.kind === 'gone' ? failed(written.error) : written;
}

const failed = (error: Extract<RecordOutcome, { kind: 'failed' }>['error']): Pushed & { kind: 'outcome' } => ({
  kind: 'outcome',
  outcome: { kind: 'failed', error },
});
