import { zoneHere } from '../words/time.ts';
import type { Rule, RuleInput } from './notification-query.ts';

/** A rule while it is edited. */
export interface Draft {
  name: string;
  triggers: RuleInput['triggers'];
  /** Empty: all. */
  integrationId: string;
  event: { id: string; name: string } | null;
  cadence: NonNullable<RuleInput['cadence']>;
  timeZone: string;
  channel: 'WEBHOOK' | 'EMAIL';
  /** Empty: the one that it has. */
  url: string;
  recipients: string;
}

export function draftOf(rule: Rule | null): Draft {
  return {
    name: rule?.name ?? '',
    triggers: rule ? [...rule.triggers] : ['SYNC_ERRORS', 'AUTHORIZATION_LOST', 'FROZEN_AFTER_EVENT'],
    integrationId: rule?.integration?.id ?? '',
    event: rule?.event ?? null,
    cadence: rule?.cadence ?? 'IMMEDIATE',
    timeZone: rule?.timeZone ?? zoneHere,
    channel: rule?.channel.kind ?? 'WEBHOOK',
    url: '',
    recipients: rule?.channel.recipients.join(', ') ?? '',
  };
}

/** As the API takes it. Without a channel: the rule keeps the one that it has. */
export function inputOf(draft: Draft): Omit<RuleInput, 'channel'> & { channel?: RuleInput['channel'] } {
  const { name, triggers, integrationId, event, cadence, timeZone, channel, url, recipients } = draft;
  const common = {
    name: name.trim(),
    triggers,
    integrationId: integrationId || null,
    eventId: event?.id ?? null,
    cadence,
    timeZone,
  };
  if (channel === 'WEBHOOK') return url.trim() ? { ...common, channel: { webhook: { url: url.trim() } } } : common;
  const addresses = recipients
    .split(/[,;\s]+/)
    .map((address) => address.trim())
    .filter(Boolean);
  return { ...common, channel: { email: { recipients: addresses } } };
}

/** Every zone that this browser knows; `chosen` and UTC as well, where it does not. */
export function timeZones(chosen: string): string[] {
  return [...new Set(['UTC', chosen, ...Intl.supportedValuesOf('timeZone')])].toSorted();
}
