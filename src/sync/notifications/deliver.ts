import {
  type DueRule,
  giveBack,
  type NextDue,
  passOver,
  recordDelivery,
  recordFailedDelivery,
} from '../../db/statements/notification-deliveries.ts';
import { findNotificationRule, type NotificationRuleRow } from '../../db/statements/notification-rules.ts';
import { hasNews } from '../../domain/notification-content.ts';
import { notificationMessageOf } from '../../domain/notification-message.ts';
import { nextDigestAfter, nextReminderAfter, redeliveryInMs } from '../../domain/notification-schedule.ts';
import type { Services } from '../services.ts';
import { compose } from './compose.ts';
import { send } from './send.ts';

/**
 * Tells what a claimed rule has to tell, and records it. A process that dies before the record leaves the claim to run out, and another one
 * tells again, under the same message id.
 */
export async function deliver(
  services: Services,
  due: DueRule,
  token: string,
  publicUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = services;
  const { orgId, ruleId } = due;
  const target = { orgId, ruleId, token };
  const rule = await findNotificationRule(db, orgId, ruleId);
  if (rule?.claim !== token) return;
  const { content, told } = await compose(services, rule, due, publicUrl);
  const next = nextDueOf(rule, due);
  if (!hasNews(content)) return passOver(db, target, next);

  const message = notificationMessageOf(content);
  const sending = await send(services, rule, message, `sluice.${rule.id}.${rule.sent + 1}`, signal);
  const facts = { rule: rule.id, channel: rule.channel };
  if (sending.kind === 'failed' && signal.aborted) return giveBack(db, target); // our shutdown is not the receiver's fault
  if (sending.kind === 'failed') {
    const failures = rule.failures + 1;
    log.warn({ event: 'notification.failed', ...facts, failures }, 'a notification was not delivered');
    await recordFailedDelivery(db, target, sending.message, redeliveryInMs(failures, sending.retryAfterMs));
    return;
  }
  const recorded = await recordDelivery(db, target, told, next, sending.warning);
  log.info({ event: 'notification.sent', ...facts, recorded }, 'a notification was delivered');
}

function nextDueOf({ cadence, timeZone }: NotificationRuleRow, { failuresDue, reminderDue, now }: DueRule): NextDue {
  return {
    ...(failuresDue && { digestDueAt: nextDigestAfter(cadence, timeZone, now) }),
    ...(reminderDue && { reminderDueAt: nextReminderAfter(timeZone, now) }),
  };
}
