import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { claimDueRules } from '../../src/db/statements/notification-deliveries.ts';
import { loseAuthorization } from '../../src/sync/close-connection.ts';
import { deleteNotificationRule, listRules, updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import { tellNews } from '../../src/sync/notifications/tell-news.ts';
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
