import { matchKeyOf } from '../../../domain/lead.ts';
import { type Stopped, syncError } from '../connector.ts';
import { wordsOf } from '../rest/call.ts';
import type { EloquaSession } from './api.ts';
import { emailField, type ImportShape } from './definitions.ts';
import type { ImportAnswer, ImportRow } from './import-answer.ts';
import { convicted, fieldIn, refusedWhole } from './refused-import.ts';
import { readSyncCode, type SyncCode, unknownSyncCode } from './sync-codes.ts';
import type { LogEntry, Reject, SyncReport } from './sync-report.ts';

/** What a sync that did not end well means for each of its rows. `status` error: none was taken. */
export function reportedImport(
  report: Extract<SyncReport, { kind: 'report' }>,
  status: 'warning' | 'error',
  rows: readonly ImportRow[],
  shape: ImportShape,
  session: EloquaSession,
): ImportAnswer {
  const errorOf = (code: string, message: string, field: string | null, known: SyncCode) =>
    syncError(known.category, known.words, { code: code || null, message: wordsOf(session, message), field });

  const rejected = rejectsByRow(report.rejects, rows);
  const outcomes: ImportAnswer['outcomes'] = new Map();
  for (const [row, { code, message, field }] of rejected) {
    const known = readSyncCode(code) ?? unknownSyncCode;
    const named = field !== null && field in row.values ? field : fieldIn(message, shape);
    outcomes.set(row.record.itemId, { kind: 'failed', error: errorOf(code, message, named, known) });
  }

  const open = rows.filter(({ record }) => !outcomes.has(record.itemId));
  const trouble = worstOf(unexplained(report, [...rejected.values()], status));
  if (!trouble && status === 'warning') {
    for (const { record } of open) outcomes.set(record.itemId, 'taken');
    return { outcomes, stop: null };
  }
  const { code, message, known } = trouble ?? { code: '', message: '', known: unexplainedEnd };
  const field = fieldIn(message, shape);
  const error = errorOf(code, message, field, known);
  const [last] = open;
  const rest =
    open.length === 1 && last && rows.length > 1 && known.stops === 'REC'
      ? unblamed(last)
      : judgeOpen(open, status, field, known, error, session);
  return { outcomes: new Map([...outcomes, ...rest.outcomes]), stop: rest.stop };
}

/** The last one that no reject spoke of: alone next time, when it is known whether it is to blame. */
const unblamed = ({ record }: ImportRow): ImportAnswer => ({
  outcomes: new Map([[record.itemId, { kind: 'unsent' }]]),
  stop: null,
});

/** What the logs say is judged for the rows that no reject spoke of. */
function judgeOpen(
  open: readonly ImportRow[],
  status: 'warning' | 'error',
  field: string | null,
  known: SyncCode,
  error: ReturnType<typeof syncError>,
  session: EloquaSession,
): ImportAnswer {
  if (open.length === 0) return { outcomes: new Map(), stop: null };
  const stop = stopOf(error, known, session.now());
  if (stop.kind !== 'refused') return { outcomes: new Map(), stop };
  if (known.stops === 'MAP' && field !== null) {
    return convicted(open, field, { kind: 'failed', error }, status === 'warning' ? 'taken' : 'unsent');
  }
  return refusedWhole(open, stop);
}

/** A reject is known by its address. One that tells none is the only row's, where there is only one. */
function rejectsByRow(rejects: readonly Reject[], rows: readonly ImportRow[]): Map<ImportRow, Reject> {
  const byKey = new Map(rows.map((row) => [matchKeyOf(row.values[emailField] ?? null), row]));
  const found = new Map<ImportRow, Reject>();
  for (const reject of rejects) {
    const isSparse = reject.code === sparse && rows.length > 1;
    if (isSparse || readSyncCode(reject.code)?.stops === 'BATCH') continue; // no fault of the record
    const row = rows.length === 1 ? rows[0] : reject.email === null ? undefined : byKey.get(reject.email);
    if (row && !found.has(row)) found.set(row, reject);
  }
  return found;
}

/** A row does not have a field of the definition: a record that is imported with others may lack one, one that is alone does not. */
const sparse = 'ELQ-00121';

interface Trouble {
  code: string;
  message: string;
  known: SyncCode;
}

/** What logs and rejects tell beyond the rejects whose rows are known: a refusal that nobody can be blamed for must not pass for success. */
function unexplained(
  { rejects, logs }: { rejects: Reject[]; logs: LogEntry[] },
  attributed: readonly Reject[],
  status: 'warning' | 'error',
): Trouble[] {
  const troubles = logs.flatMap(({ code, message, severity, count }) => {
    const known = readSyncCode(code);
    const isListed = known !== null && known !== unknownSyncCode;
    const counts = isListed ? status === 'error' || severity !== 'information' : severity === 'error';
    return known && counts ? [{ code, message, known, count: count ?? 1 }] : [];
  });
  // A warning's logs sum up its rejects.
  const toldCodes = new Set(status === 'warning' ? rejects.map(({ code }) => code) : []);
  const ofRecords = troubles.filter(({ known }) => known.stops === 'REC');
  const isTold = status === 'warning' && ofRecords.reduce((sum, { count }) => sum + count, 0) <= rejects.length;
  const others = troubles.filter((trouble) => !ofRecords.includes(trouble) && !toldCodes.has(trouble.code));
  const lost = rejects
    .filter((reject) => !attributed.includes(reject))
    .map(({ code, message }) => ({ code, message, known: readSyncCode(code) ?? unknownSyncCode }));
  return [...others, ...(isTold ? [] : ofRecords), ...lost];
}

const places: Record<SyncCode['stops'], number> = { BATCH: 0, MAP: 1, REC: 2 };
const worstOf = (troubles: readonly Trouble[]): Trouble | null =>
  troubles.toSorted((a, b) => places[a.known.stops] - places[b.known.stops])[0] ?? null;

function stopOf(
  error: ReturnType<typeof syncError>,
  { category, stops, waitMs }: SyncCode,
  nowMs: number,
): Exclude<Stopped, { kind: 'unsent' }> {
  if (category === 'QUOTA_EXCEEDED') return { kind: 'quota', error, resetsAt: new Date(nowMs + (waitMs ?? 0)) };
  // Where Eloqua names a time it means everybody.
  if (stops === 'BATCH') return { kind: 'unavailable', error, whole: waitMs !== null, retryAfterMs: waitMs };
  return { kind: 'refused', error };
}

const unexplainedEnd: SyncCode = {
  category: 'VENDOR_UNAVAILABLE',
  stops: 'BATCH',
  words: 'The import ended in an error that Eloqua does not explain.',
  waitMs: null,
};
