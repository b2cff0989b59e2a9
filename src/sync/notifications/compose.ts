import { listEvents } from '../../db/statements/event-pages.ts';
import { listIntegrations } from '../../db/statements/integration-views.ts';
import type { DueRule, Told } from '../../db/statements/notification-deliveries.ts';
import { listLosses, listTallies, type Tally } from '../../db/statements/notification-news.ts';
import type { NotificationRuleRow } from '../../db/statements/notification-rules.ts';
import { type ReconciliationSnapshot, readReconciliations } from '../../db/statements/reconciliation.ts';
import { type ErrorCategory, errorCategories } from '../../domain/error-categories.ts';
import type { FailureNews, FrozenNews, NotificationContent } from '../../domain/notification-content.ts';
import { wallClockAt } from '../../domain/time-zone.ts';
import type { Services } from '../services.ts';
import { linkTo } from './links.ts';

export interface Composed {
  content: NotificationContent;
  /** What is not to be told again once it was delivered. */
  told: Told;
}

interface Scope {
  orgId: string;
  eventId: string | null;
  names: ReadonlyMap<string, string>;
  publicUrl: string;
}

/** What a rule has to tell at this moment: what it has read and not told, with what is open now; frozen leads as they are now. */
export async function compose(
  { db }: Pick<Services, 'db'>,
  rule: NotificationRuleRow,
  due: DueRule,
  publicUrl: string,
): Promise<Composed> {
  const { orgId, eventId, integrationId } = rule;
  const integrations = await listIntegrations(db, orgId, integrationId ? { ids: [integrationId] } : {});
  const scope = { orgId, eventId, publicUrl, names: new Map(integrations.map(({ id, name }) => [id, name])) };
  const losses = await listLosses(db, orgId, rule.id);
  const tallies = due.failuresDue ? await listTallies(db, orgId, rule.id) : [];
  const told = tallies.some(({ failed }) => failed > 0) ? tallies : []; // what cleared waits for a message to be in
  const targets = integrations.map(({ id }) => ({ integrationId: id, eventId, withEvents: due.reminderDue }));
  const counted = told.length > 0 || due.reminderDue ? await readReconciliations(db, orgId, targets) : [];
  return {
    content: {
      rule: rule.name,
      losses: losses.map(({ integrationId: id, loss }) => ({
        integration: nameOf(scope, id),
        loss,
        url: linkTo(publicUrl, { integrationId: id, tab: 'connect' }),
      })),
      failures: told.length > 0 ? failuresOf(scope, told, counted) : [],
      frozen: due.reminderDue ? await frozenOf(db, scope, counted, due.now) : [],
    },
    told: { tallies: told, changeIds: losses.map(({ changeId }) => changeId) },
  };
}

/** Groups with anything in them, those with most new failures first. */
function failuresOf(
  scope: Scope,
  tallies: readonly Tally[],
  counted: readonly ReconciliationSnapshot[],
): FailureNews[] {
  const groups = counted.flatMap(({ integrationId, failed }) =>
    errorCategories.map((category) => ({ integrationId, category, open: failed[category] ?? 0 })),
  );
  const tallied = new Map(tallies.map((tally) => [keyOf(tally), tally]));
  return groups
    .map(({ integrationId, category, open }) => {
      const { failed, cleared } = tallied.get(keyOf({ integrationId, category })) ?? { failed: 0, cleared: 0 };
      const { eventId } = scope;
      const url = linkTo(scope.publicUrl, { integrationId, tab: 'reconciliation', group: 'FAILED', category, eventId });
      return { integration: nameOf(scope, integrationId), category, failed, cleared, open, url };
    })
    .filter(({ failed, cleared, open }) => failed > 0 || cleared > 0 || open > 0)
    .toSorted((a, b) => b.failed - a.failed || b.open - a.open);
}

/** Where leads are held although the event's last day is over by its own clock. */
async function frozenOf(
  db: Services['db'],
  scope: Scope,
  counted: readonly ReconciliationSnapshot[],
  now: Date,
): Promise<FrozenNews[]> {
  const held = counted.flatMap(({ integrationId, events }) =>
    (events ?? [])
      .filter(({ frozen }) => frozen > 0)
      .map(({ eventId, frozen }) => ({ integrationId, eventId, frozen })),
  );
  if (held.length === 0) return [];
  const rows = await listEvents(db, scope.orgId, [...new Set(held.map(({ eventId }) => eventId))]);
  const events = new Map(rows.map((event) => [event.id, event]));
  return held.flatMap(({ integrationId, eventId, frozen }) => {
    const event = events.get(eventId);
    if (!event?.endsOn || event.endsOn >= wallClockAt(now, event.timeZone).day) return [];
    return {
      integration: nameOf(scope, integrationId),
      event: event.name,
      endedOn: event.endsOn,
      frozen,
      url: linkTo(scope.publicUrl, { integrationId, tab: 'reconciliation', group: 'PRE_SYNC', eventId }),
    };
  });
}

const nameOf = ({ names }: Scope, integrationId: string): string => names.get(integrationId) ?? 'an integration';
const keyOf = ({ integrationId, category }: { integrationId: string; category: ErrorCategory }): string =>
  `${integrationId}/${category}`;
