import { z } from 'zod';
import type { Stopped } from '../connector.ts';
import { notUnderstood, wordsOf, wordsOfStop } from '../rest/call.ts';
import { call, dataPath, name, refusalOf, type SalesforceSession, stopOfError } from './api.ts';
import { gravest, readErrors, type SalesforceError } from './errors.ts';

/** Most records of one call. */
export const recordsMax = 200;

export const collectionPath = `${dataPath}/composite/sobjects`;

export interface CollectionEntry {
  itemId: string;
  payload: Record<string, unknown>;
}

/** What Salesforce said of one record. */
export type EntryResult =
  /** `id` null: it told none. */
  | { kind: 'done'; id: string | null }
  | { kind: 'refused'; error: SalesforceError }
  /** What is everybody's, told of this record. */
  | { kind: 'stopped'; answer: Stopped };

export type CollectionAnswer = { kind: 'results'; results: EntryResult[] } | { kind: 'stopped'; answer: Stopped };

const result = z.object({
  success: z.boolean(),
  id: z.string().nullish().catch(null),
  errors: z.unknown().optional(),
});
const results = z.array(z.looseObject({ success: z.boolean() }));

/**
 * One call for up to 200 records of one object, each of which succeeds or fails by itself. Results come in the order of the records; an answer with
 * another number of them says nothing. Tells the records' history.
 */
export async function writeCollection(
  method: 'POST' | 'PATCH',
  path: string,
  entries: readonly CollectionEntry[],
  session: SalesforceSession,
): Promise<CollectionAnswer> {
  const body = { allOrNone: false, records: entries.map(({ payload }) => payload) };
  const note = (index: number, status: number | null, answer: unknown) => {
    const entry = entries[index];
    if (entry)
      session.exchanged(entry.itemId, { request: `${method} ${path}`, payload: entry.payload, status, answer });
  };
  const reply = await call(session, { method, path, body });
  if (reply.kind === 'stopped') {
    if (reply.answer.kind !== 'unsent')
      for (const index of entries.keys()) note(index, null, wordsOfStop(reply.answer));
    return reply;
  }
  const { response } = reply;
  // With the good records of a refused call some answers are 400: what is in the body counts.
  const told = results.safeParse(response.body).data;
  if (told?.length !== entries.length) {
    const isRefusal = response.status >= 300;
    const answer = isRefusal ? refusalOf(response, session) : notUnderstood(name, session, response);
    for (const index of entries.keys()) note(index, response.status, wordsOfStop(answer));
    return { kind: 'stopped', answer };
  }
  return {
    kind: 'results',
    results: told.map((one, index) => {
      const read = resultOf(one);
      if (read.kind === 'done') note(index, response.status, one);
      else note(index, response.status, { code: read.error.code, message: wordsOf(session, read.error.message) });
      if (read.kind === 'done') return read;
      const stop = stopOfError(read.error, session, response);
      return stop ? { kind: 'stopped', answer: stop } : read;
    }),
  };
}

function resultOf(told: unknown): Exclude<EntryResult, { kind: 'stopped' }> {
  const { success, id = null, errors } = result.parse(told);
  if (success) return { kind: 'done', id };
  const error = gravest(readErrors(errors));
  return { kind: 'refused', error: error ?? silent };
}

/** Refused without a reason. */
const silent: SalesforceError = {
  step: 'REFUSE',
  category: 'UNKNOWN',
  words: 'Salesforce refused the record without a reason.',
  code: 'UNKNOWN',
  message: '',
  fields: [],
  ids: [],
};
