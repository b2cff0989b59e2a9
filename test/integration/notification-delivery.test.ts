import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueRules } from '../../src/db/statements/notification-deliveries.ts';
import { loseAuthorization } from '../../src/sync/close-connection.ts';
import { createMailer } from '../../src/sync/notifications/mailer.ts';
import { deleteNotificationRule, listRules, updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import { tellNews } from '../../src/sync/notifications/tell-news.ts';
import type { Services } from '../../src/sync/services.ts';
import { type MailServerOptions, mailPassword, startMailServer } from '../support/message-receivers.ts';
import { startNewsWorld } from '../support/notifications.ts';

const world = await startNewsWorld();
const { services, given, round, forward } = world;

/** A rule with failures that are due. */
async function due(count = 3, more: Parameters<typeof given>[0] = {}) {
  const all = await given(more);
  await all.fail(count);
  await round();
  await forward(6);
  return all;
}

const textsOf = ({ slack }: Awaited<ReturnType<typeof due>>) => slack.inbox.messages.map(({ body }) => body.text);
const failures = (count: number) => expect.stringMatching(new RegExp(`^${count} new failures? `));

describe('several processes', () => {
  test('deliver once', async () => {
    const rule = await due();
    await Promise.all(Array.from({ length: 6 }, () => round()));
    expect(textsOf(rule)).toEqual([failures(3)]);
    expect(await rule.rule()).toMatchObject({ sent: 1, claim: null, claimedUntil: null });
  });

  test('read each failure once', async () => {
    const rule = await given();
    await rule.fail(40);
    await Promise.all(Array.from({ length: 6 }, () => round()));
    await forward(6);
    await round();
    expect(textsOf(rule)).toEqual([failures(40)]);
  });

  test('leave a rule alone while one of them delivers; what fails meanwhile is in the next message', async () => {
    const rule = await due();
    const answer = rule.slack.hold();
    const delivering = round();
    await rule.slack.inbox.until(1);
    await rule.fail(2);
    await forward(40);
    await round();
    expect(rule.slack.inbox.messages).toHaveLength(1);
    answer();
    await delivering;
    await forward(61);
    await round();
    expect(textsOf(rule)).toEqual([failures(3), failures(2)]);
  });

  test('take over from one that died before it delivered, when its claim is over', async () => {
    const rule = await due();
    const [claimed] = await claimDueRules(services.db, services.newId(), 100);
    expect(claimed?.ruleId).toBe(rule.ruleId);
    await round();
    await forward(58);
    await round();
    expect(textsOf(rule)).toEqual([]);
    await forward(3);
    await round();
    expect(textsOf(rule)).toEqual([failures(3)]);
  });

  test('record nothing when their claim ran out and another one delivered', async () => {
    const rule = await due();
    const answer = rule.slack.hold();
    const slow = round();
    await rule.slack.inbox.until(1);
    await forward(61);
    const other = round();
    await rule.slack.inbox.until(2);
    answer();
    await Promise.all([slow, other]);
    expect(rule.slack.inbox.messages.map(({ headers }) => headers['webhook-id'])).toEqual([
      `sluice.${rule.ruleId}.1`,
      `sluice.${rule.ruleId}.1`, // by which a receiver knows the repeat
    ]);
    expect((await rule.rule()).sent).toBe(1);
    await rule.fail(1);
    await forward(61);
    await round();
    await forward(6);
    await round();
    expect(textsOf(rule)[2]).toEqual(failures(1));
  });
});

test('a process that shuts down in the middle of a delivery leaves it to another one, at once', async () => {
  const rule = await due();
  const answer = rule.slack.hold();
  const shutdown = new AbortController();
  const options = { publicUrl: () => 'https://sluice.example', abort: shutdown.signal };
  const delivering = tellNews(services, options, () => shutdown.signal.aborted);
  await rule.slack.inbox.until(1);
  shutdown.abort();
  await delivering;
  answer();
  expect(await rule.rule()).toMatchObject({ lastError: null, failures: 0, claim: null });
  await round();
  expect(textsOf(rule)).toEqual([failures(3), failures(3)]);
});

describe('a delivery that fails', () => {
  test('is tried again later and later, says why, and tells then what has come meanwhile', async () => {
    const rule = await due();
    rule.slack.script({ status: 500 }, { status: 404 });
    await round();
    expect(await rule.rule()).toMatchObject({
      lastSentAt: null,
      lastError: `${new URL(rule.slack.url).host} answered HTTP 500.`,
      failures: 1,
    });
    await rule.fail(2);
    await round();
    await forward(25);
    await round();
    expect(textsOf(rule)).toHaveLength(1);
    await forward(6);
    await round();
    expect(textsOf(rule)).toHaveLength(2);
    await forward(115);
    await round();
    expect(textsOf(rule)).toHaveLength(2);
    await forward(6);
    await round();
    expect(textsOf(rule)).toEqual([failures(3), failures(5), failures(5)]);
    expect(await rule.rule()).toMatchObject({ lastError: null, failures: 0, retryAt: null, sent: 1 });
    await forward(120);
    await round();
    expect(textsOf(rule)).toHaveLength(3);
  });

  test('waits as long as the receiver asks for', async () => {
    const rule = await due();
    rule.slack.script({ status: 429, headers: { 'retry-after': '300' } });
    await round();
    await forward(290);
    await round();
    expect(textsOf(rule)).toHaveLength(1);
    await forward(11);
    await round();
    expect(textsOf(rule)).toHaveLength(2);
  });

  test('is not followed to another address', async () => {
    const rule = await due();
    const elsewhere = await given();
    rule.slack.script({ status: 307, headers: { location: elsewhere.slack.url } });
    await round();
    expect(elsewhere.slack.inbox.messages).toHaveLength(0);
    expect((await rule.rule()).lastError).toMatch(/answered HTTP 307/);
  });

  test('is tried at once at a new address', async () => {
    const rule = await due();
    const elsewhere = await given();
    rule.slack.script({ status: 500 });
    await round();
    const channel = { webhook: { url: elsewhere.slack.url } };
    await updateNotificationRule(services, rule.tenant.viewer(), { id: rule.ruleId, channel });
    expect((await rule.rule()).lastError).toBeNull();
    await round();
    expect(textsOf(elsewhere)).toEqual([failures(3)]);
  });

  test('holds up no other rule', async () => {
    const broken = await given();
    const fine = await given();
    await broken.fail(3);
    await fine.fail(3);
    await round();
    await forward(6);
    const answer = broken.slack.hold();
    broken.slack.script({ status: 500 });
    const delivering = round();
    await fine.slack.inbox.until(1);
    answer();
    await delivering;
    expect(textsOf(fine)).toEqual([failures(3)]);
    expect((await broken.rule()).failures).toBe(1);
  });

  test('names the rule in the log, and neither the address, nor the secret in it, nor a lead', async () => {
    const rule = await due();
    rule.slack.script({ status: 500 });
    await round();
    expect(world.logged()).toContain(rule.ruleId);
    expect(world.logged()).not.toContain('secret-path');
    expect(world.logged()).not.toContain('private.example');
  });
});

test('a rule that is deleted while it delivers ends quietly', async () => {
  const rule = await due();
  const answer = rule.slack.hold();
  const delivering = round();
  await rule.slack.inbox.until(1);
  await deleteNotificationRule(services, rule.tenant.viewer(), rule.ruleId);
  answer();
  await delivering;
  await expect(rule.rule()).rejects.toThrow('the rule is gone');
});

describe('with its integration', () => {
  const deleteGate = ({ tenant: { orgId }, integrationId }: Awaited<ReturnType<typeof due>>) =>
    services.db.execute(sql`delete from gates where org_id = ${orgId} and integration_id = ${integrationId}`);

  test('goes what a rule had gathered of it, and nothing else', async () => {
    const rule = await due();
    await deleteGate(rule);
    await round();
    expect(textsOf(rule)).toEqual([]);
    expect(await rule.rule()).toMatchObject({ sent: 0, claim: null });
    const integrationId = await rule.tenant.createIntegration('WEBHOOK');
    await rule.fail(2, 'UNKNOWN', { integrationId });
    await round();
    await forward(6);
    await round();
    expect(textsOf(rule)).toEqual([failures(2)]);
  });

  test('goes the rule that was for it alone', async () => {
    const rule = await due();
    await updateNotificationRule(services, rule.tenant.viewer(), {
      id: rule.ruleId,
      integrationId: rule.integrationId,
    });
    await deleteGate(rule);
    expect(await listRules(services, rule.tenant.viewer())).toEqual([]);
    await round();
    await expect(rule.rule()).rejects.toThrow('the rule is gone');
  });
});

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

test('an outage of a day loses nothing: lost authorization and failures are told when somebody works again', async () => {
  const rule = await given();
  await rule.fail(7);
  const target = { orgId: rule.tenant.orgId, integrationId: rule.integrationId };
  const error = {
    category: 'AUTHENTICATION',
    message: 'no',
    vendorCode: null,
    vendorMessage: null,
    remoteField: null,
  } as const;
  await loseAuthorization(services, target, 1, error);
  await forward(86_400);
  await round();
  await forward(120);
  await round();
  expect(textsOf(rule)).toEqual([expect.stringMatching(/needs to be connected again$/), failures(7)]);
});
