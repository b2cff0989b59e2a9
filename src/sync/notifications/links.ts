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

/** The dashboard's address of a place (its routes are in dashboard/app/app.tsx, its filters in dashboard/reconciliation); ids as the API gives them. `publicUrl` without a slash at its end. */
export function linkTo(publicUrl: string, { integrationId, tab, group, category, eventId }: Place): string {
  const query = new URLSearchParams();
  if (group) query.set('group', group);
  if (category) query.set('category', category);
  if (eventId) query.set('event', globalId('Event', eventId));
  const integration = encodeURIComponent(globalId('Integration', integrationId));
  return `${publicUrl}/integrations/${integration}/${tab}${query.size > 0 ? `?${query}` : ''}`;
}

const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString('base64');
