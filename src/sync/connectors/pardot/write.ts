import { z } from 'zod';
import { type PushRecord, type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { type ApiCall, notUnderstood, wordsOf } from '../rest/call.ts';
import { namedField } from '../rest/named-field.ts';
import { call, name, type PardotSession, prospectsPath } from './api.ts';
import { textOf } from './lookup.ts';
import { noteExchange } from './note-exchange.ts';
import type { ProspectValue } from './payload.ts';

export type Written =
  /** `values`: of the fields that were asked for; undefined: the answer does not tell. */
  | { kind: 'written'; remoteId: string | null; values: Record<string, string | null | undefined> }
  | { kind: 'outcome'; outcome: RecordOutcome }
  | { kind: 'gone' }
  | { kind: 'stopped'; answer: Stopped };

/** Always asked for: without fields there is no answer but 204. `updatedAt` tells the time zone of the account. */
const askedAlways = ['id', 'email', 'updatedAt'];

const prospect = z.looseObject({ id: z.union([z.number(), z.string()]).transform(String).nullish().catch(null) });

/** One write: by id, or by e-mail address where there is none. Asks for the `asked` fields back. Tells the record's history. */
export async function writeProspect(
  id: string | null,
  record: PushRecord,
  values: Record<string, ProspectValue>,
  asked: readonly string[],
  session: PardotSession,
): Promise<Written> {
  const fields = [...new Set([...askedAlways, ...asked])];
  const request = id === null ? upsert(record, values, fields) : update(id, values, fields);
  const reply = await call(session, request);
  noteExchange(record, request, values, reply, session);
  if (reply.kind === 'stopped') return reply;
  const { response, fault } = reply;
  if (fault?.step === 'GONE' && id !== null) return { kind: 'gone' };
  if (fault?.step === 'DONE') return { kind: 'outcome', outcome: { kind: 'cleared', remoteId: id } };
  if (fault) {
    const field =
      namedField(fault.message, Object.keys(values)) ??
      (fault.code === '38' && 'campaignId' in values ? 'campaignId' : null);
    const vendor = { code: fault.code, message: wordsOf(session, fault.message), field };
    const error = syncError(fault.category, fault.words, vendor);
    const postponed = fault.step === 'POSTPONE';
    return {
      kind: 'outcome',
      outcome: postponed ? { kind: 'postponed', error, retryAfterMs: null } : { kind: 'failed', error },
    };
  }
  // 204, or an empty body: nothing may be read of what was written.
  const told = response.text.trim() === '' ? {} : prospect.safeParse(response.body).data;
  if (!told) return { kind: 'stopped', answer: notUnderstood(name, session, response) };
  const read = asked.map((field) => [
    field,
    field in told ? textOf((told as Record<string, unknown>)[field]) : undefined,
  ]);
  return { kind: 'written', remoteId: told.id ?? id, values: Object.fromEntries(read) };
}

function upsert(record: PushRecord, values: Record<string, ProspectValue>, fields: readonly string[]): ApiCall {
  // In business units that allow several prospects of one address: rather than making another, the last one leaves the recycle bin.
  const body = { matchEmail: record.values.email?.trim(), prospect: values, secondaryDeletedSearch: true, fields };
  return { method: 'POST', path: `${prospectsPath}/do/upsertLatestByEmail`, body };
}

const update = (id: string, values: Record<string, ProspectValue>, fields: readonly string[]): ApiCall => ({
  method: 'PATCH',
  path: `${prospectsPath}/${encodeURIComponent(id)}?fields=${fields.map(encodeURIComponent).join()}`,
  body: values,
});
