import type { NotificationRuleView } from '../db/statements/notification-rules.ts';
import type { NotificationChannelKind, NotificationTrigger } from '../domain/notification-content.ts';
import type { NotificationCadence } from '../domain/notification-schedule.ts';
import { listRules } from '../sync/notifications/rules.ts';
import { builder, enumType } from './builder.ts';
import { getLoaded } from './loaders.ts';
import { EventRef, IntegrationRef, NotificationRuleRef } from './refs.ts';

export const NotificationTriggerType = enumType<NotificationTrigger>(
  'NotificationTrigger',
  'What a notification rule tells of. Each works for every kind of integration.',
  {
    SYNC_ERRORS:
      'Leads turned FAILED. Told by the cadence: per integration and category what is new since the last message, what is open, and what ' +
      'cleared. Nothing new, nothing sent.',
    AUTHORIZATION_LOST:
      'An integration stopped taking leads until somebody connects it again: authorization lost, permission lost, or the endpoint gone. ' +
      'Told at once, whatever the cadence, and for every event.',
    FROZEN_AFTER_EVENT:
      'Leads are FROZEN although the last day of their event is over in its time zone. A reminder at nine in the morning of the rule’s time ' +
      'zone, once a day while it lasts, whatever the cadence.',
  },
);

export const NotificationCadenceType = enumType<NotificationCadence>(
  'NotificationCadence',
  'How often a rule tells of sync errors. Hours are those of the rule’s time zone, also when clocks change.',
  {
    IMMEDIATE:
      'At once: when a burst of failures has been quiet for five seconds, 30 seconds after its first one at the latest, and at most once a minute.',
    HOURLY: 'At each full hour.',
    TWICE_DAILY: 'At nine and at seventeen o’clock.',
    DAILY: 'At nine o’clock.',
    WEEKLY: 'On Mondays at nine o’clock.',
  },
);

const NotificationChannelKindType = enumType<NotificationChannelKind>(
  'NotificationChannelKind',
  'How a message gets there.',
  {
    WEBHOOK: 'An HTTP POST of JSON as Slack’s incoming webhooks take it: `{ text, blocks }`.',
    EMAIL: 'An e-mail, as plain text and HTML, through the mail server of this installation.',
  },
);

const NotificationChannelRef = builder.objectRef<NotificationRuleView>('NotificationChannel').implement({
  description: 'Where the messages of a rule go.',
  fields: (t) => ({
    kind: t.expose('channel', { type: NotificationChannelKindType, description: 'How they get there.' }),
    target: t.string({
      description:
        'For people: the host of the webhook, or the addresses. The URL itself is a secret and never shown again.',
      resolve: ({ urlHost, recipients }) => urlHost ?? recipients?.join(', ') ?? '',
    }),
    recipients: t.stringList({
      description: 'The addresses, for editing them; empty for a webhook.',
      resolve: ({ recipients }) => recipients ?? [],
    }),
  }),
});

builder.node(NotificationRuleRef, {
  description:
    'Who is told when something goes wrong. A message has numbers, names of integrations and events, and links; nothing of any lead. Seen by admins.',
  id: { resolve: (rule) => rule.id },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'For people; it is in every message.' }),
    active: t.exposeBoolean('active', {
      description: 'False: paused. What happens meanwhile is not told, also not when it is active again.',
    }),
    triggers: t.expose('triggers', { type: [NotificationTriggerType], description: 'What it tells of; at least one.' }),
    integration: t.field({
      type: IntegrationRef,
      nullable: true,
      description: 'Only of this one; null: of all, those of the future included.',
      resolve: ({ integrationId }, _args, { loaders }) =>
        integrationId === null ? null : getLoaded(loaders.integration, integrationId),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'Only of leads of this one; null: of all. Lost authorization concerns every event.',
      resolve: ({ eventId }, _args, { loaders }) => (eventId === null ? null : getLoaded(loaders.event, eventId)),
    }),
    cadence: t.expose('cadence', { type: NotificationCadenceType, description: 'How often it tells of sync errors.' }),
    timeZone: t.exposeString('timeZone', {
      description: 'IANA name: by whose clock digests and reminders are due.',
    }),
    channel: t.field({
      type: NotificationChannelRef,
      description: 'Where the messages go.',
      resolve: (rule) => rule,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    createdBy: t.exposeString('createdBy', { description: 'The key or person that created it.' }),
    lastSentAt: t.expose('lastSentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a message was last delivered; null: never. Tests do not count.',
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description:
        'Why the last message could not be delivered, or not to everybody; null: it was. What it would have told is kept and told by the next one.',
    }),
    nextDueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When it next looks for something to tell by the clock: a digest, a reminder, or another attempt after one that failed. Null: when ' +
        'something happens, or never while it is paused.',
      resolve: nextDueOf,
    }),
  }),
});

builder.queryField('notificationRules', (t) =>
  t.field({
    type: [NotificationRuleRef],
    description: "The organization's notification rules, oldest first; at most 100. Admins; FORBIDDEN for others.",
    resolve: (_root, _args, { services, viewer }) => listRules(services, viewer),
  }),
);

function nextDueOf({ active, retryAt, digestDueAt, reminderDueAt }: NotificationRuleView): Date | null {
  if (!active) return null;
  const due = [digestDueAt, reminderDueAt].filter((at) => at !== null);
  return retryAt ?? due.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
}
