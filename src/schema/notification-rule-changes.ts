import { DeliveryFailedError, ForbiddenError, NotFoundError, ValidationError } from '../domain/errors.ts';
import {
  createNotificationRule,
  deleteNotificationRule,
  sendTestNotification,
  updateNotificationRule,
} from '../sync/notifications/rules.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { NotificationCadenceType, NotificationTriggerType } from './notification-rule.ts';
import { NotificationRuleRef } from './refs.ts';

const name = 'For people, it is in every message; 1 to 100 characters.';
const triggers = 'What to tell of; at least one.';
const timeZone = 'IANA name: by whose clock digests and reminders are due.';

const NotificationWebhookInput = builder.inputType('NotificationWebhookInput', {
  description: 'An incoming webhook of Slack, or anything that takes the same JSON.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'https, on a public address. A secret: it is stored encrypted, and only its host is shown.',
    }),
  }),
});

const NotificationEmailInput = builder.inputType('NotificationEmailInput', {
  description: 'E-mail to some people. They see each other’s addresses.',
  fields: (t) => ({
    recipients: t.stringList({
      required: true,
      description: '1 to 20 addresses, without names. A ValidationError where this server sends no e-mail.',
    }),
  }),
});

const NotificationChannelInput = builder.inputType('NotificationChannelInput', {
  description: 'Exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    webhook: t.field({ type: NotificationWebhookInput, description: 'To a webhook.' }),
    email: t.field({ type: NotificationEmailInput, description: 'By e-mail.' }),
  }),
});

const CreateNotificationRuleInput = builder.inputType('CreateNotificationRuleInput', {
  description: 'A new rule. What happens from now on is news to it.',
  fields: (t) => ({
    name: t.string({ required: true, description: name }),
    active: t.boolean({ defaultValue: true, description: 'False: it tells nothing until it is made active.' }),
    triggers: t.field({ type: [NotificationTriggerType], required: true, description: triggers }),
    integrationId: t.id({ description: 'Only of this integration; absent: of all, those of the future included.' }),
    eventId: t.id({
      description: 'Only of leads of this event; absent: of all. Lost authorization concerns every event.',
    }),
    cadence: t.field({
      type: NotificationCadenceType,
      defaultValue: 'IMMEDIATE',
      description: 'How often to tell of sync errors.',
    }),
    timeZone: t.string({ defaultValue: 'UTC', description: timeZone }),
    channel: t.field({ type: NotificationChannelInput, required: true, description: 'Where the messages go.' }),
  }),
});

const UpdateNotificationRuleInput = builder.inputType('UpdateNotificationRuleInput', {
  description:
    'What to change of a rule; absent fields stay. Other triggers, another scope, and a new start after a pause make it begin at this moment: what ' +
    'it had gathered is not told. Anything else keeps that.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the rule.' }),
    name: t.string({ description: name }),
    active: t.boolean({ description: 'False pauses it: what happens meanwhile is never told.' }),
    triggers: t.field({ type: [NotificationTriggerType], description: triggers }),
    integrationId: t.id({ description: 'Only of this integration; null: of all.' }),
    eventId: t.id({ description: 'Only of leads of this event; null: of all.' }),
    cadence: t.field({ type: NotificationCadenceType, description: 'How often to tell of sync errors.' }),
    timeZone: t.string({ description: timeZone }),
    channel: t.field({
      type: NotificationChannelInput,
      description: 'Where the messages go from now on; what could not be delivered is tried there at once.',
    }),
  }),
});

/** A success that shows the rule. */
const successOf = (typeName: string, description: string) =>
  builder.objectRef<{ ruleId: string }>(typeName).implement({
    description,
    fields: (t) => ({
      notificationRule: t.field({
        type: NotificationRuleRef,
        description: 'The rule after the call.',
        resolve: ({ ruleId }, _args, context) => getLoaded(context.loaders.notificationRule, ruleId),
      }),
    }),
  });

const CreateNotificationRuleResult = builder.errorUnion('CreateNotificationRuleResult', {
  description: 'Of createNotificationRule.',
  types: [
    successOf('CreateNotificationRuleSuccess', 'The rule exists.'),
    ValidationError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'CreateNotificationRuleSuccess',
});

const UpdateNotificationRuleResult = builder.errorUnion('UpdateNotificationRuleResult', {
  description: 'Of updateNotificationRule.',
  types: [
    successOf('UpdateNotificationRuleSuccess', 'The rule is as the input says.'),
    ValidationError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'UpdateNotificationRuleSuccess',
});

const DeleteNotificationRuleSuccess = builder
  .objectRef<{ deletedId: string }>('DeleteNotificationRuleSuccess')
  .implement({
    description: 'The rule is gone.',
    fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'Its id, for caches.' }) }),
  });

const DeleteNotificationRuleResult = builder.errorUnion('DeleteNotificationRuleResult', {
  description: 'Of deleteNotificationRule.',
  types: [DeleteNotificationRuleSuccess, NotFoundError, ForbiddenError],
  resolveType: () => 'DeleteNotificationRuleSuccess',
});

const SendTestNotificationResult = builder.errorUnion('SendTestNotificationResult', {
  description: 'Of sendTestNotification.',
  types: [
    successOf('SendTestNotificationSuccess', 'The receiver or the mail server took the message.'),
    DeliveryFailedError,
    NotFoundError,
    ForbiddenError,
  ],
  resolveType: () => 'SendTestNotificationSuccess',
});

builder.mutationFields((t) => ({
  createNotificationRule: t.field({
    type: CreateNotificationRuleResult,
    description: 'Creates a notification rule. It tells of what happens from now on. Admins.',
    args: {
      input: t.arg({
        type: CreateNotificationRuleInput,
        required: true,
        description: 'What to tell, when, and where to.',
      }),
    },
    resolve: async (_root, { input }, context) => ({
      ruleId: await change(context, () =>
        createNotificationRule(context.services, context.viewer, {
          name: input.name,
          active: input.active ?? true,
          triggers: input.triggers,
          integrationId: input.integrationId ? givenId('Integration', input.integrationId) : null,
          eventId: input.eventId ? givenId('Event', input.eventId) : null,
          cadence: input.cadence ?? 'IMMEDIATE',
          timeZone: input.timeZone ?? 'UTC',
          channel: input.channel,
        }),
      ),
    }),
  }),
  updateNotificationRule: t.field({
    type: UpdateNotificationRuleResult,
    description: 'Changes a notification rule, from the next message on. Admins.',
    args: {
      input: t.arg({ type: UpdateNotificationRuleInput, required: true, description: 'Which rule, and what of it.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { integrationId, eventId } = input;
      const ruleId = givenId('NotificationRule', input.id);
      await change(context, () =>
        updateNotificationRule(context.services, context.viewer, {
          id: ruleId,
          name: input.name ?? undefined,
          active: input.active ?? undefined,
          triggers: input.triggers ?? undefined,
          integrationId: integrationId && givenId('Integration', integrationId),
          eventId: eventId && givenId('Event', eventId),
          cadence: input.cadence ?? undefined,
          timeZone: input.timeZone ?? undefined,
          channel: input.channel ?? undefined,
        }),
      );
      return { ruleId };
    },
  }),
  deleteNotificationRule: t.field({
    type: DeleteNotificationRuleResult,
    description: 'Ends a notification rule for good; what it had yet to tell is not told. Admins.',
    args: { id: t.arg.id({ required: true, description: 'Of the rule.' }) },
    resolve: async (_root, args, context) => {
      const id = givenId('NotificationRule', args.id);
      await change(context, () => deleteNotificationRule(context.services, context.viewer, id));
      return { deletedId: args.id };
    },
  }),
  sendTestNotification: t.field({
    type: SendTestNotificationResult,
    description:
      'Sends a message that says it is a test, now, also for a paused rule, and answers when it was taken or not. Changes nothing. Admins.',
    args: { id: t.arg.id({ required: true, description: 'Of the rule.' }) },
    resolve: async (_root, args, context) => {
      const ruleId = givenId('NotificationRule', args.id);
      await change(context, () => sendTestNotification(context.services, context.viewer, ruleId));
      return { ruleId };
    },
  }),
}));
