import type { ErrorCategory } from '../../domain/error-categories.ts';
import type { ReconciliationGroup } from '../../domain/lifecycle.ts';

/** A place in the dashboard. */
interface Place {
  integrationId: string;
  tab: 'connect' | 'reconciliation';
  group?: ReconciliationGroup;
  category?: ErrorCategory;
  eventId?: string | null;
}

/** The dashboard's address of a place; ids as the API gives them. `publicUrl` without a slash at its end. */
export function linkTo(publicUrl: string, { integrationId, tab, group, category, eventId }: Place): string {
  const query = new URLSearchParams({ integration: globalId('Integration', integrationId), tab });
  if (group) query.set('group', group);
  if (category) query.set('category', category);
  if (eventId) query.set('event', globalId('Event', eventId));
  return `${publicUrl}/?${query}`;
}

const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');
