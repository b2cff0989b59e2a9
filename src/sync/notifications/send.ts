import type { NotificationRuleRow } from '../../db/statements/notification-rules.ts';
import type { NotificationMessage } from '../../domain/notification-message.ts';
import { retryAfterMs } from '../connectors/http/retry-after.ts';
import type { Services } from '../services.ts';

export type Sending =
  /** `warning`: it was not taken for everybody. */
  | { kind: 'delivered'; warning: string | null }
  /** `message` names no address and no URL. `retryAfterMs`: as the receiver asked. */
  | { kind: 'failed'; message: string; retryAfterMs: number | null };

type Target = Pick<NotificationRuleRow, 'orgId' | 'id' | 'channel' | 'recipients' | 'url' | 'urlKeyId' | 'urlHost'>;

const requestMs = 15_000;
const answerBytesMax = 64 * 1_024;

/** Why an e-mail rule can be neither created nor delivered for. */
export const noMailServer =
  'this server sends no e-mail: whoever runs it has to set SMTP_URL and NOTIFICATION_FROM. A webhook works without.';

/** Hands a message to the channel of a rule. `messageId`: the same for every attempt to deliver it. Never throws for the receiver's trouble. */
export async function send(
  services: Pick<Services, 'http' | 'mailer' | 'vault' | 'now'>,
  rule: Target,
  message: NotificationMessage,
  messageId: string,
  signal: AbortSignal,
): Promise<Sending> {
  return rule.channel === 'EMAIL'
    ? sendMail(services, rule, message, messageId, signal)
    : post(services, rule, message, messageId, signal);
}

/** To whom the URL is sealed: copied to another rule it can't be opened. */
export const sealContextOf = (orgId: string, ruleId: string): string => `${orgId}/notification-rules/${ruleId}`;

async function sendMail(
  { mailer }: Pick<Services, 'mailer'>,
  { recipients }: Target,
  { subject, text, html }: NotificationMessage,
  id: string,
  signal: AbortSignal,
): Promise<Sending> {
  if (!mailer || !recipients) return { kind: 'failed', message: `E-mail is off: ${noMailServer}`, retryAfterMs: null };
  const outcome = await mailer.send({ to: recipients, subject, text, html, id }, signal);
  if (outcome.kind === 'failed') return { ...outcome, retryAfterMs: null };
  const { refused } = outcome;
  return {
    kind: 'delivered',
    warning: refused > 0 ? `The mail server refused ${refused} of ${recipients.length} recipients.` : null,
  };
}

async function post(
  { http, vault, now }: Pick<Services, 'http' | 'vault' | 'now'>,
  rule: Target,
  { slack }: NotificationMessage,
  messageId: string,
  signal: AbortSignal,
): Promise<Sending> {
  const url = urlOf(vault, rule);
  if (url === null) {
    const message = 'The webhook’s URL can not be decrypted: SECRET_KEYS lacks its key. Set the channel again.';
    return { kind: 'failed', message, retryAfterMs: null };
  }
  const result = await http.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Sluice', 'webhook-id': messageId },
    body: JSON.stringify(slack),
    timeoutMs: requestMs,
    answerBytesMax,
    signal,
  });
  if (result.kind === 'failed' && result.reason !== 'TOO_LARGE') {
    return { kind: 'failed', message: result.message, retryAfterMs: null };
  }
  const head = result.kind === 'response' ? result : result.head;
  if (head && head.status >= 200 && head.status < 300) return { kind: 'delivered', warning: null };
  return {
    kind: 'failed',
    message: `${rule.urlHost} answered HTTP ${head?.status}.`,
    retryAfterMs: retryAfterMs(head?.headers['retry-after'], now().getTime()),
  };
}

/** Null: the key that sealed it is gone. */
function urlOf(vault: Services['vault'], { orgId, id, url, urlKeyId }: Target): string | null {
  if (!url || !urlKeyId) return null;
  try {
    return vault.open({ keyId: urlKeyId, bytes: url }, sealContextOf(orgId, id));
  } catch {
    return null;
  }
}
