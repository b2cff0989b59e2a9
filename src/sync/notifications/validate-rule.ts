import { isEmailAddress } from '../../domain/email-address.ts';
import { type FieldProblem, ValidationError } from '../../domain/errors.ts';
import type { NotificationTrigger } from '../../domain/notification-content.ts';
import { isTimeZone } from '../../domain/time-zone.ts';
import type { Services } from '../services.ts';
import { isStorable } from '../text.ts';
import { noMailServer } from './send.ts';

/** Exactly one of the two. */
export interface ChannelInput {
  webhook?: { url: string } | null | undefined;
  email?: { recipients: string[] } | null | undefined;
}

/** What was given of a rule; absent fields were not. */
export interface RuleFields {
  name?: string | undefined;
  triggers?: NotificationTrigger[] | undefined;
  timeZone?: string | undefined;
  channel?: ChannelInput | undefined;
}

const nameMax = 100;
const recipientsMax = 20;
const urlMax = 2_000;

/**
 * Says everything that is wrong with what was given.
 * @throws ValidationError
 */
export function validateRule(services: Pick<Services, 'http' | 'mailer'>, fields: RuleFields): void {
  const problems: FieldProblem[] = [];
  const refuse = (path: string, message: string) => problems.push({ path, message });
  const { name, triggers, timeZone, channel } = fields;
  if (name !== undefined && (name.trim() === '' || name.length > nameMax || !isStorable(name)))
    refuse('name', `expected 1 to ${nameMax} characters.`);
  if (triggers?.length === 0) refuse('triggers', 'expected at least one.');
  if (timeZone !== undefined && !isTimeZone(timeZone))
    refuse('timeZone', 'expected an IANA time zone, e.g. America/Chicago.');
  if (channel?.webhook) refuseUrl(services, channel.webhook.url, refuse);
  if (channel?.email) refuseRecipients(services, channel.email.recipients, refuse);
  if (problems.length > 0) throw new ValidationError(problems);
}

type Refuse = (path: string, message: string) => void;

function refuseUrl({ http }: Pick<Services, 'http'>, url: string, refuse: Refuse): void {
  const problem = url.length > urlMax ? `expected at most ${urlMax} characters.` : http.refusalOf(url.trim());
  if (problem) refuse('channel.webhook.url', problem);
}

function refuseRecipients({ mailer }: Pick<Services, 'mailer'>, recipients: readonly string[], refuse: Refuse): void {
  const path = 'channel.email.recipients';
  if (!mailer) refuse('channel.email', noMailServer);
  if (recipients.length === 0 || recipients.length > recipientsMax)
    refuse(path, `expected 1 to ${recipientsMax} addresses.`);
  for (const [index, address] of recipients.entries())
    if (!isEmailAddress(address.trim())) refuse(`${path}.${index}`, 'expected an e-mail address, without a name.');
}
