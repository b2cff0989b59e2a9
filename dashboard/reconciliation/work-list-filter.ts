import type { WorkRow } from '../data/work-row.ts';
import type { Group } from './filters.ts';

export interface WorkListFilter {
  integrationId: string;
  eventId: string | null;
  group: Group | null;
  status: string | null;
  category: string | null;
  search: string;
}

/** Whether a row belongs to the list, by the same rules as `Reconciliation.items`. */
export function belongs(row: WorkRow, filter: WorkListFilter): boolean {
  if (row.group === null && filter.status !== row.status) return false;
  if (filter.eventId && row.event.id !== filter.eventId) return false;
  if (filter.group && row.group !== filter.group) return false;
  if (filter.status && row.status !== filter.status) return false;
  if (filter.category && !(row.status === 'FAILED' && row.error?.category === filter.category)) return false;
  return !filter.search || searchTextOf(row).includes(filter.search.toLowerCase());
}

function searchTextOf({ lead: { firstName, lastName, email, company } }: WorkRow): string {
  return [firstName, lastName, email, company]
    .map((part) => part ?? '')
    .join(' ')
    .toLowerCase();
}

/** Newest capture first. */
export const byCapture = (a: WorkRow, b: WorkRow): number =>
  a.lead.capturedAt < b.lead.capturedAt ? 1 : a.lead.capturedAt > b.lead.capturedAt ? -1 : 0;
