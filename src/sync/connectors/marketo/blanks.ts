import { z } from 'zod';
import { matchKeyOf } from '../../../domain/lead.ts';
import { type PushRecord, syncError } from '../connector.ts';
import type { Stopped } from './answer.ts';
import { call, type MarketoSession } from './session.ts';

export type BlanksAnswer =
  /** The values of each record, in order, without those that Marketo has already. */
  { kind: 'values'; values: Record<string, string>[] } | { kind: 'stopped'; answer: Stopped };

/** Marketo takes addresses of 8 KB, and 300 values of a filter. Source: Marketo "Leads", read 2026-11. */
const queryBytesMax = 6_000;
const filterValuesMax = 300;

const remoteLead = z.looseObject({ email: z.string().nullish() });
const remoteLeads = z.array(remoteLead);
type RemoteLead = z.infer<typeof remoteLead>;

/**
 * Honors WRITE_IF_BLANK: reads what Marketo has under the e-mail addresses of the records concerned, and leaves out the fields that are filled
 * there. Between this read and the write somebody may fill a field: Marketo has no condition that would prevent that.
 */
export async function withoutFilledFields(
  batch: readonly PushRecord[],
  session: MarketoSession,
): Promise<BlanksAnswer> {
  const concerned = batch.filter((record) => record.writeIfBlank.length > 0 && matchKeyOf(record.values.email ?? null));
  const filled = new Map<string, Set<string>>();
  const fields = [...new Set(concerned.flatMap((record) => record.writeIfBlank))];
  for (const emails of chunks(concerned.map((record) => record.values.email ?? ''))) {
    const read = await readLeads(session, emails, fields);
    if (read.kind === 'stopped') return read;
    for (const lead of read.leads) noteFilled(filled, lead, fields);
  }
  return { kind: 'values', values: batch.map((record) => valuesToSend(record, filled)) };
}

function valuesToSend(record: PushRecord, filled: Map<string, Set<string>>): Record<string, string> {
  const taken = filled.get(matchKeyOf(record.values.email ?? null) ?? '');
  if (!taken) return record.values;
  const kept = Object.entries(record.values).filter(
    ([field]) => !(taken.has(field) && record.writeIfBlank.includes(field)),
  );
  return Object.fromEntries(kept);
}

function noteFilled(filled: Map<string, Set<string>>, lead: RemoteLead, fields: string[]): void {
  const key = matchKeyOf(lead.email ?? null);
  if (!key) return;
  const taken = filled.get(key) ?? new Set();
  filled.set(key, taken);
  for (const field of fields) {
    const value = lead[field];
    if (field !== 'email' && value !== null && value !== undefined && String(value).trim() !== '') taken.add(field);
  }
}

async function readLeads(
  session: MarketoSession,
  emails: string[],
  fields: string[],
): Promise<{ kind: 'leads'; leads: RemoteLead[] } | { kind: 'stopped'; answer: Stopped }> {
  const leads: RemoteLead[] = [];
  const query = new URLSearchParams({ filterType: 'email', filterValues: emails.join(',') });
  query.set('fields', [...new Set(['email', ...fields])].join(','));
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

/** So many addresses at a time as fit into the address of one call. */
function* chunks(emails: string[]): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const email of emails) {
    const size = encodeURIComponent(email).length + 3; // and an encoded comma
    if (chunk.length > 0 && (bytes + size > queryBytesMax || chunk.length === filterValuesMax)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(email);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
