import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import { type Stopped, syncError } from '../connector.ts';
import { type ApiReply, notUnderstood, parseJson, wordsOf, wordsOfStop } from '../rest/call.ts';
import { bulkPath, call, type EloquaSession, name } from './api.ts';
import { emailField, forgetDefinitions, giveBack, type ImportShape, takeDefinition } from './definitions.ts';
import { followSync, type SyncEnd } from './follow-sync.ts';
import type { ImportAnswer, ImportRow } from './import-answer.ts';
import { refusedImport, refusedWhole } from './refused-import.ts';
import { reportedImport } from './reported-import.ts';
import { readReport } from './sync-report.ts';

/** Above 32 MB a data request is answered as if its import did not exist. Source: Oracle "Bulk API limits", read 2026-11. */
const dataBytesMax = 32_000_000;

/** A definition that is gone is made anew, once. */
const roundsMax = 2;

/** What was made: below the bulk API, whether its address is told in full or not. */
const created = z.object({
  uri: z.string().transform((uri) => `/${/(contacts\/imports|syncs)\/[^/?]+\/?$/.exec(uri)?.[0] ?? uri}`),
  status: z.string().nullish().catch(null),
});

/**
 * Imports the rows by one definition: stages them, starts a sync and waits for its end. As long as the sync is not started nothing is written; from
 * then on an import that is repeated converges. Tells the records' history.
 */
export async function importRows(
  rows: readonly ImportRow[],
  shape: ImportShape,
  session: EloquaSession,
): Promise<ImportAnswer> {
  const note = noteFor(rows, session);
  const data = JSON.stringify(rows.map(({ values }) => values));
  if (Buffer.byteLength(data) > dataBytesMax) return refusedWhole(rows, { kind: 'refused', error: tooLarge });
  for (let round = 1; ; round++) {
    const definition = await definitionUri(rows, shape, session, note);
    if ('outcomes' in definition) return definition;
    const { uri } = definition;
    const path = `${bulkPath}${uri}/data`;
    const staged = await call(session, {
      method: 'POST',
      path,
      body: rows.map(({ values }) => values),
      uncounted: true,
    });
    note(`POST ${path}`, staged, ({ values }) => values);
    if (staged.kind === 'stopped') return stopped(staged.answer);
    if (staged.response.status >= 400) {
      if (!isGone(staged)) return refusedImport(staged.response, rows, shape, session);
      forgetDefinitions(session, shape);
      if (round < roundsMax) continue;
      return refusedWhole(rows, { kind: 'refused', error: notTaken(staged, session) });
    }
    const started = await call(session, {
      method: 'POST',
      path: `${bulkPath}/syncs`,
      body: { syncedInstanceUri: uri },
    });
    note(`POST ${bulkPath}/syncs`, started);
    if (started.kind === 'stopped') return stopped(started.answer);
    const sync = created.safeParse(started.response.body).data;
    if (started.response.status >= 400) {
      const gone = isGone(started) || /syncedInstanceUri/.test(started.response.text);
      if (!gone || round === roundsMax) return refusedImport(started.response, rows, shape, session);
      forgetDefinitions(session, shape);
      continue;
    }
    if (!sync) return stopped(notUnderstood(name, session, started.response));
    const end = await followSync(session, sync.uri, sync.status ?? null);
    noteEnd(end, sync.uri, note);
    if (end.kind === 'stopped') return stopped(end.answer);
    if (end.status !== 'error') giveBack(session, shape, uri); // its data is consumed; in an error it may be staged still
    if (end.status === 'success') return allTaken(rows);
    const emails = new Set(rows.flatMap(({ values }) => matchKeyOf(values[emailField] ?? null) ?? []));
    const report = await readReport(session, sync.uri, emails);
    if (report.kind === 'stopped') return stopped(report.answer);
    const answer = reportedImport(report, end.status, rows, shape, session);
    noteReport(answer, rows, sync.uri, session);
    return answer;
  }
}

const stopped = (answer: Stopped): ImportAnswer => ({ outcomes: new Map(), stop: answer });

const allTaken = (rows: readonly ImportRow[]): ImportAnswer => ({
  outcomes: new Map(rows.map(({ record }) => [record.itemId, 'taken'])),
  stop: null,
});

const isGone = (reply: Extract<ApiReply, { kind: 'response' }>): boolean =>
  reply.response.status === 404 || reply.response.status === 410;

/** One to use alone, or what became of the rows as there is none. */
async function definitionUri(
  rows: readonly ImportRow[],
  shape: ImportShape,
  session: EloquaSession,
  note: Note,
): Promise<{ uri: string } | ImportAnswer> {
  const taken = await takeDefinition(session, shape);
  if (taken.kind === 'known') return taken;
  const { reply } = taken;
  note(`POST ${bulkPath}/contacts/imports`, reply);
  if (reply.kind === 'stopped') return stopped(reply.answer);
  const { response } = reply;
  const made = created.safeParse(response.body).data;
  if (response.status < 400 && made) return made;
  if (response.status < 400 || isGone(reply)) return stopped(notUnderstood(name, session, response));
  return refusedImport(response, rows, shape, session);
}

const tooLarge = syncError('DATA_VALUE_VALIDATION', 'The record is too large for Eloqua.');

function notTaken({ response }: Extract<ApiReply, { kind: 'response' }>, session: EloquaSession) {
  const vendor = { code: String(response.status), message: wordsOf(session, response.text) };
  return syncError('DATA_VALUE_VALIDATION', 'Eloqua does not take the data: it is too large.', vendor);
}

type Note = (request: string, reply: ApiReply, payloadOf?: (row: ImportRow) => unknown) => void;

/** Tells each record's history of a request that carried all of them. */
function noteFor(rows: readonly ImportRow[], session: EloquaSession): Note {
  return (request, reply, payloadOf = () => null) => {
    if (reply.kind === 'stopped' && reply.answer.kind === 'unsent') return;
    const status = reply.kind === 'response' ? reply.response.status : null;
    const text = reply.kind === 'response' ? reply.response.text : '';
    const answer = reply.kind === 'response' ? (parseJson(text) ?? (text || null)) : wordsOfStop(reply.answer);
    const short = status !== null && status < 400 ? null : answer; // what went well says nothing of the record
    for (const row of rows) {
      session.exchanged(row.record.itemId, { request, payload: payloadOf(row), status, answer: short });
    }
  };
}

function noteEnd(end: SyncEnd, uri: string, note: Note): void {
  const request = `GET ${bulkPath}${uri}`;
  const response = { status: 200, headers: {}, text: '', body: null };
  note(request, end.kind === 'stopped' ? end : { kind: 'response', response });
}

/** What the sync said of each record that it did not take. */
function noteReport({ outcomes }: ImportAnswer, rows: readonly ImportRow[], uri: string, session: EloquaSession): void {
  const request = `GET ${bulkPath}${uri}/rejects`;
  for (const { record } of rows) {
    const outcome = outcomes.get(record.itemId);
    if (!outcome || outcome === 'taken' || !('error' in outcome)) continue;
    const { vendorCode, vendorMessage } = outcome.error;
    const answer = { code: vendorCode, message: vendorMessage };
    session.exchanged(record.itemId, { request, payload: null, status: 200, answer });
  }
}
