import { describe, expect, test } from 'vitest';
import { createMailer } from '../../src/sync/notifications/mailer.ts';
import { updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import type { Services } from '../../src/sync/services.ts';
import { type MailServerOptions, mailPassword, startMailServer } from '../support/message-receivers.ts';
import { startNewsWorld } from '../support/notifications.ts';

const world = await startNewsWorld();
const { services, given, round, forward } = world;

describe('e-mail', () => {
  const from = 'Sluice <sluice@example.com>';
  const mailing = async (options: MailServerOptions = {}, recipients = ['ada@example.com', 'otto@example.com']) => {
    const mail = await startMailServer(options);
    const withMail: Services = { ...services, mailer: createMailer({ url: mail.url, from }) };
    const rule = await given();
    const channel = { email: { recipients } };
    await updateNotificationRule(withMail, rule.tenant.viewer(), { id: rule.ruleId, channel });
    return { ...rule, mail, withMail };
  };

  test('arrives, as text and as HTML, from whom it says, with numbers and without a lead', async () => {
    const { mail, withMail, fail, ruleId } = await mailing();
    await fail(12);
    await round(withMail);
    await forward(6);
    await round(withMail);
    const [received] = mail.inbox.messages;
    expect(mail.inbox.messages).toHaveLength(1);
    expect(received).toMatchObject({
      from: 'sluice@example.com',
      to: ['ada@example.com', 'otto@example.com'],
      user: 'mailer',
    });
    const source = received?.source ?? '';
    expect(source).toContain('From: Sluice <sluice@example.com>');
    expect(source).toContain('Subject: Sluice: 12 new failures in MARKETO');
    expect(source).toContain(`Message-ID: <sluice.${ruleId}.1@example.com>`);
    expect(source).toContain('Auto-Submitted: auto-generated');
    expect(source).toContain('Content-Type: text/plain');
    expect(source).toContain('Content-Type: text/html');
    expect(source.match(/DATA_VALUE_VALIDATION: 12 new, 12 open, 0 cleared/g)).toHaveLength(2);
    expect(source).not.toContain('private.example');
    expect(source).not.toContain('Lead ');
  });

  test('that the server refuses is tried again under the same id', async () => {
    const { mail, withMail, fail, rule } = await mailing({ refusals: 1 });
    await fail(1);
    await round(withMail);
    await forward(6);
    await round(withMail);
    expect((await rule()).lastError).toBe('The mail server refused the message (450).');
    await forward(31);
    await round(withMail);
    expect(mail.inbox.messages).toHaveLength(1);
    expect(mail.inbox.messages[0]?.source).toMatch(/Message-ID: <sluice\.[0-9a-f-]+\.1@example\.com>/);
    expect(await rule()).toMatchObject({ lastError: null, sent: 1 });
  });

  test('goes to those whom the server takes, and says how many it did not', async () => {
    const { mail, withMail, fail, rule } = await mailing({ unknown: ['otto@example.com'] });
    await fail(1);
    await round(withMail);
    await forward(6);
    await round(withMail);
    expect(mail.inbox.messages.map(({ to }) => to)).toEqual([['ada@example.com']]);
    expect(await rule()).toMatchObject({
      lastError: 'The mail server refused 1 of 2 recipients.',
      sent: 1,
      retryAt: null,
    });
    await forward(120);
    await round(withMail);
    expect(mail.inbox.messages).toHaveLength(1);
  });

  test.for([
    [
      'a wrong password',
      (url: string) => url.replace(encodeURIComponent(mailPassword), 'wrong'),
      /refused the sign-in.*\(\d+\)/,
    ],
    ['nobody there', () => 'smtp://127.0.0.1:1', /can not be reached|connection to the mail server failed/],
    ['a server without TLS where there should be', (url: string) => url.replace('smtp:', 'smtps:'), /mail server/],
  ] as const)('says what is wrong with the mail server: %s', async ([, broken, words]) => {
    const { mail, fail, rule } = await mailing();
    const url = broken(mail.url);
    const withBroken: Services = { ...services, mailer: createMailer({ url, from }) };
    await fail(1);
    await round(withBroken);
    await forward(6);
    await round(withBroken);
    const { lastError } = await rule();
    expect(lastError).toMatch(words);
    expect(lastError).not.toContain('example.com');
    expect(world.logged()).not.toContain(mailPassword);
    expect(mail.inbox.messages).toHaveLength(0);
  });

  test('never sends its password in the clear to another machine', async () => {
    const mail = await startMailServer();
    const elsewhere = mail.url.replace('127.0.0.1', '0.0.0.0'); // no loopback by its name, and leads there all the same
    const mailer = createMailer({ url: elsewhere, from });
    const sent = { to: ['ada@example.com'], subject: 's', text: 't', html: 'h', id: '1' };
    expect(await mailer.send(sent, new AbortController().signal)).toEqual({
      kind: 'failed',
      message: expect.stringContaining('TLS'),
    });
    expect(mail.signIns).toBe(0);
  });

  test('fails in words where the server has none any more', async () => {
    const { fail, rule } = await mailing();
    await fail(1);
    await round();
    await forward(6);
    await round();
    expect((await rule()).lastError).toMatch(/SMTP_URL and NOTIFICATION_FROM/);
  });
});
