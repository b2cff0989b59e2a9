import type { PushRecord, RecordOutcome, Stopped } from '../connector.ts';

/** What one import is to write of a record. */
export interface ImportRow {
  record: PushRecord;
  /** By the names of the definition. */
  values: Record<string, string>;
}

/** What became of an import's rows. */
export interface ImportAnswer {
  /** By item; `taken`: Eloqua has what was to be imported of it. */
  outcomes: Map<string, RecordOutcome | 'taken'>;
  /** What those without an outcome met; null: all have one. */
  stop: Stopped | null;
}
