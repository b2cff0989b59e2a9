import { type RecordOutcome, type Stopped, syncError } from '../connector.ts';
import { type ApiResponse, wordsOf } from '../rest/call.ts';
import type { EloquaSession } from './api.ts';
import { emailField, type ImportShape } from './definitions.ts';
import type { ImportAnswer, ImportRow } from './import-answer.ts';
import { type Refusal, readRefusals } from './refusals.ts';

/** What a 4xx to one of an import's requests means for its rows: nothing of them was written. */
export function refusedImport(
  response: ApiResponse,
  rows: readonly ImportRow[],
  shape: ImportShape,
  session: EloquaSession,
): ImportAnswer {
  const refusal = refusalOf(response);
  const field = fieldIn(refusal.message, shape);
  const vendor = {
    code: refusal.code || String(response.status),
    message: wordsOf(session, refusal.message || response.text),
    field,
  };
  const error = syncError(refusal.category, refusal.words, vendor);
  if (refusal.stops === 'MAP' && field !== null) return convicted(rows, field, { kind: 'failed', error }, 'unsent');
  return refusedWhole(rows, { kind: 'refused', error });
}

/** Statuses that mean more than their words. */
function refusalOf({ status, body, text }: ApiResponse): Refusal {
  const [first] = readRefusals(body, text);
  const known = first && first.category !== 'UNKNOWN' ? first : null;
  if (known) return known;
  const message = first?.message ?? text;
  const code = first?.code ?? '';
  if (status === 409) {
    return {
      category: 'DUPLICATE',
      stops: 'REC',
      words: 'Another record in Eloqua has this value already.',
      code,
      message,
    };
  }
  if (status === 404 || status === 410) {
    return {
      category: 'REMOTE_RECORD_GONE',
      stops: 'REC',
      words: 'Eloqua does not have this any more.',
      code,
      message,
    };
  }
  return first ?? { category: 'UNKNOWN', stops: 'BATCH', words: 'Eloqua refused the call.', code, message };
}

/** The field of the import that a vendor's words name, another than the address where there are several. Null: none. */
export function fieldIn(words: string, { fields }: ImportShape): string | null {
  const names = new Set(words.match(/\w+/g));
  const named = fields.filter((field) => names.has(field));
  return named.find((field) => field !== emailField) ?? named[0] ?? null;
}

/** Those that carry the field have `guilty` for an outcome, the others `others`. */
export function convicted(
  rows: readonly ImportRow[],
  field: string,
  guilty: RecordOutcome,
  others: 'taken' | 'unsent',
): ImportAnswer {
  const outcomes: ImportAnswer['outcomes'] = new Map();
  for (const { record, values } of rows) {
    const other = others === 'taken' ? others : ({ kind: 'unsent' } as const);
    outcomes.set(record.itemId, field in values ? guilty : other);
  }
  return { outcomes, stop: null };
}

/** One record that was alone is the one to blame; of several the engine finds it. */
export function refusedWhole(rows: readonly ImportRow[], stop: Extract<Stopped, { kind: 'refused' }>): ImportAnswer {
  const [only] = rows;
  if (rows.length === 1 && only) {
    return { outcomes: new Map([[only.record.itemId, { kind: 'failed', error: stop.error }]]), stop: null };
  }
  return { outcomes: new Map(), stop };
}
