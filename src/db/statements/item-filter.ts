import type { ErrorCategory } from '../../domain/error-categories.ts';
import type { SyncStatus } from '../../domain/lifecycle.ts';

/** Which items of a work list are wanted; all that is given must match. */
export interface ItemFilter {
  statuses: readonly SyncStatus[];
  /** Of FAILED items: one of these; null: any. */
  categories: readonly ErrorCategory[] | null;
  /** Of FAILED items: the field that the error names, as the vendor names it. */
  remoteField: string | null;
  eventId: string | null;
  /** Part of name, e-mail or company. */
  search: string | null;
  /** Captured at this instant or later. */
  capturedFrom: Date | null;
  /** Captured before this instant. */
  capturedUntil: Date | null;
}

/** A stretch of a list, by the keys it is ordered by. */
export interface ItemPage {
  filter: ItemFilter;
  order: 'asc' | 'desc';
  /** Behind this place; null: from the start. */
  after: { capturedAt: Date; id: string } | null;
  limit: number;
}
