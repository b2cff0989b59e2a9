import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import { type PushRecord, type RemoteRecord, type Stopped, syncError } from '../connector.ts';
import { emailKeyOf } from './payload.ts';
import { call, type MarketoSession } from './session.ts';

export type RecordsAnswer =
  /** What Marketo has of each record, in order; null: nothing. */
  { kind: 'found'; records: (RemoteRecord | null)[] } | { kind: 'stopped'; answer: Stopped };

/** Marketo takes addresses of 8 KB, and 300 values of a filter. Source: Marketo "Leads", read 2026-11. */
const queryBytesMax = 6_000;
const filterValuesMax = 300;

const remoteLead = z.looseObject({
  id: z.union([z.number(), z.string()]).transform(String),
  email: z.string().nullish(),
});
const remoteLeads = z.array(remoteLead);
type RemoteLead = z.output<typeof remoteLead>;

/** Reads what Marketo has of the records: by the stored id where one is known, by e-mail address otherwise and where the id is gone. */
export async function lookUp(
  records: readonly PushRecord[],
  fields: readonly string[],
  session: MarketoSession,
): Promise<RecordsAnswer> {
  const byId = new Map<string, RemoteLead>();
  const byEmail = new Map<string, RemoteLead>();
  const ids = records.flatMap((record) => record.remoteId ?? []);
  const known = await readAll(session, 'id', ids, fields, (lead) => byId.set(lead.id, lead));
  if (known) return known;
  const emails = records.flatMap((record) =>
    record.remoteId && byId.has(record.remoteId) ? [] : (emailKeyOf(record) ?? []),
  );
  const matched = await readAll(session, 'email', [...new Set(emails)], fields, (lead) => {
    const key = matchKeyOf(lead.email ?? null);
    if (key && !byEmail.has(key)) byEmail.set(key, lead);
  });
  if (matched) return matched;
  return {
    kind: 'found',
    records: records.map((record) => {
      const found = (record.remoteId && byId.get(record.remoteId)) || byEmail.get(emailKeyOf(record) ?? '');
      return found ? toRecord(found, fields) : null;
    }),
  };
}

function toRecord(lead: RemoteLead, fields: readonly string[]): RemoteRecord {
  const values = fields.map((field) => {
    const value = lead[field];
    return [field, value == null || String(value).trim() === '' ? null : String(value)];
  });
  return { remoteId: lead.id, values: Object.fromEntries(values) };
}

/** Null: all were read. */
async function readAll(
  session: MarketoSession,
  filterType: 'id' | 'email',
  values: readonly string[],
  fields: readonly string[],
  note: (lead: RemoteLead) => void,
): Promise<{ kind: 'stopped'; answer: Stopped } | null> {
  for (const chunk of chunks(values)) {
    const read = await readLeads(session, filterType, chunk, fields);
    if (read.kind === 'stopped') return read;
    for (const lead of read.leads) note(lead);
  }
  return null;
}

async function readLeads(
  session: MarketoSession,
  filterType: 'id' | 'email',
  values: readonly string[],
  fields: readonly string[],
): Promise<{ kind: 'leads'; leads: RemoteLead[] } | { kind: 'stopped'; answer: Stopped }> {
  const leads: RemoteLead[] = [];
  const query = new URLSearchParams({ filterType, filterValues: values.join(',') });
  query.set('fields', [...new Set(['id', 'email', ...fields])].join(','));
  for (;;) {
    const reply = await call(session, { method: 'GET', path: `/rest/v1/leads.json?${query}`, sentFields: fields });
    if (reply.kind === 'stopped') return reply;
    const page = remoteLeads.safeParse(reply.body.result ?? []);
    if (!page.success) return { kind: 'stopped', answer: notLeads };
    leads.push(...page.data);
    const next = reply.body.nextPageToken; // only duplicates can make more than a page of so few addresses
    if (!next || reply.body.moreResult === false || page.data.length === 0) return { kind: 'leads', leads };
    query.set('nextPageToken', next);
  }
}

const notLeads: Stopped = {
  kind: 'unavailable',
  error: syncError('VENDOR_UNAVAILABLE', 'Marketo answered a search for leads with something else.'),
  whole: false,
  retryAfterMs: null,
};

/** So many values at a time as fit into the address of one call. */
function* chunks(values: readonly string[]): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const value of values) {
    const size = encodeURIComponent(value).length + 3; // and an encoded comma
    if (chunk.length > 0 && (bytes + size > queryBytesMax || chunk.length === filterValuesMax)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(value);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
