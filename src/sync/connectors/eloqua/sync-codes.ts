import type { ErrorCategory } from '../../../domain/error-categories.ts';

/** REC: the record; MAP: every record with the same mapping; BATCH: this import, which is made anew. */
export type Stops = 'REC' | 'MAP' | 'BATCH';

export interface SyncCode {
  category: ErrorCategory;
  stops: Stops;
  words: string;
  /** Nothing is to be tried before this has passed; null: our own backoff. */
  waitMs: number | null;
}

type Row = readonly [ErrorCategory, Stops, string, number?];

const hourMs = 3_600_000;
const again = 'Eloqua could not process what was sent, for a reason of its own.';

// What syncs of imports say in their logs and rejects. Source: Oracle "Eloqua status codes", read 2026-11.
// biome-ignore format: a table
const rows: Record<string, Row> = {
  'ELQ-00002': ['DATA_VALUE_VALIDATION', 'REC',   'Eloqua does not take the e-mail address.'],
  'ELQ-00032': ['DATA_VALUE_VALIDATION', 'REC',   'Eloqua could not read the record.'],
  'ELQ-00059': ['DATA_VALUE_VALIDATION', 'REC',   'Eloqua takes no empty record.'],
  'ELQ-00125': ['DATA_VALUE_VALIDATION', 'REC',   'A value does not keep to a constraint of its field in Eloqua.'],
  'ELQ-00011': ['DUPLICATE',             'REC',   'The e-mail address is there more than once.'],
  'ELQ-00026': ['DUPLICATE',             'REC',   'More than one contact in Eloqua matches.'],
  'ELQ-00048': ['DUPLICATE',             'REC',   'The contact exists already in Eloqua.'],
  'ELQ-00135': ['DUPLICATE',             'REC',   'Too many contacts in Eloqua match.'],
  'ELQ-00061': ['REQUIRED_REMOTE_FIELD', 'REC',   'Eloqua requires a field that was not sent.'],
  'ELQ-00121': ['REQUIRED_REMOTE_FIELD', 'REC',   'Eloqua expects a field that was not sent.'],
  'ELQ-00111': ['MISSING_REMOTE_FIELD',  'MAP',   'Eloqua leaves out a field that is mapped.'],
  'ELQ-00112': ['MISSING_REMOTE_FIELD',  'MAP',   'Eloqua does not find the field by which contacts are recognized.'],
  'ELQ-00122': ['MISSING_REMOTE_FIELD',  'MAP',   'A field that is mapped does not exist in Eloqua.'],
  'ELQ-00127': ['MISSING_REMOTE_FIELD',  'MAP',   'A field that is mapped does not exist in Eloqua.'],
  'ELQ-00034': ['REMOTE_RECORD_GONE',    'REC',   'Eloqua found no contact that matches.'],
  'ELQ-00085': ['REMOTE_RECORD_GONE',    'REC',   'The contact does not exist in Eloqua.'],
  'ELQ-00055': ['CAMPAIGN_NOT_FOUND',    'MAP',   'The campaign does not exist in Eloqua.'],
  'ELQ-00132': ['CAMPAIGN_NOT_FOUND',    'MAP',   'The campaign is not active in Eloqua.'],
  'ELQ-00105': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00107': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00109': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00124': ['VENDOR_UNAVAILABLE',    'BATCH', 'Eloqua does not have any more what was sent.'],
  'ELQ-00133': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00139': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00145': ['VENDOR_UNAVAILABLE',    'BATCH', again],
  'ELQ-00146': ['VENDOR_UNAVAILABLE',    'BATCH', 'Eloqua asks to try again in an hour.', hourMs],
  'ELQ-00136': ['QUOTA_EXCEEDED',        'BATCH', 'The staging area of the Eloqua site is full.', hourMs / 4],
};

/** What only counts or informs. */
const informing = new Set(['00001', '00003', '00004', '00022', '00049', '00060', '00101', '00119', '00130', '00144']);

/** Null: it says nothing of what went wrong. */
export function readSyncCode(code: string): SyncCode | null {
  const row = rows[code];
  if (!row) return informing.has(code.replace(/^ELQ-/, '')) ? null : unknownSyncCode;
  const [category, stops, words, waitMs = null] = row;
  return { category, stops, words, waitMs };
}

/** What every code that is not listed amounts to. */
export const unknownSyncCode: SyncCode = {
  category: 'UNKNOWN',
  stops: 'REC',
  words: 'Eloqua refused the contact.',
  waitMs: null,
};
