import { describe, expect, test } from 'vitest';
import { pruneLogs } from '../../src/db/statements/prune.ts';
import { nextDigestAfter } from '../../src/domain/notification-schedule.ts';
import { updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import { startNewsWorld } from '../support/notifications.ts';

const world = await startNewsWorld();
const { services, given, round, forward, forwardTo, now } = world;
const linesOf = (body: { blocks: unknown[] }): string => JSON.stringify(body.blocks);

describe('at once', () => {
  test('a burst is one message, with how many', async () => {
    const { fail, slack } = await given();
    await fail(500);
    await round();
    expect(slack.inbox.messages).toHaveLength(0); // it may not be over
    await forward(6);
    await round();
    await round();
    expect(slack.inbox.messages).toHaveLength(1);
    expect(slack.inbox.messages[0]?.body.text).toMatch(/^500 new failures in MARKETO /);
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).toContain('500 new, 500 open, 0 cleared');
  });

  test('the next message comes a minute later at the earliest, and tells only what is new', async () => {
    const { fail, slack } = await given();
    await fail(3);
    await round();
    await forward(6);
    await round();
    await fail(1, 'DUPLICATE');
    await round();
    await forward(50);
    await round();
    expect(slack.inbox.messages).toHaveLength(1);
    await forward(10);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([
      expect.stringMatching(/^3 new failures/),
      expect.stringMatching(/^1 new failure /),
    ]);
    const lines = linesOf(slack.inbox.messages[1]?.body ?? { blocks: [] });
    expect(lines).toContain('DUPLICATE: 1 new, 1 open, 0 cleared');
    expect(lines).toContain('DATA_VALUE_VALIDATION: 0 new, 3 open, 0 cleared');
  });

  test('failures that do not cease are told after half a minute all the same', async () => {
    const { fail, slack } = await given();
    for (let second = 0; second <= 28; second += 4) {
      await fail(1);
      await round();
      expect(slack.inbox.messages).toHaveLength(0);
      await forward(4);
    }
    await fail(1);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^9 new failures/)]);
  });
});

describe('a digest', () => {
  test.for(['HOURLY', 'TWICE_DAILY', 'DAILY', 'WEEKLY'] as const)(
    '%s comes when it is due, with what is new, open and cleared since; and not when nothing is new',
    async (cadence) => {
      const timeZone = 'America/New_York';
      const { fail, retryAndClear, slack, rule } = await given({ cadence, timeZone, triggers: ['SYNC_ERRORS'] });
      const [first = '', second = ''] = await fail(5);
      await retryAndClear([first, second]);
      await fail(2, 'DUPLICATE');
      const { digestDueAt } = await rule();
      expect(digestDueAt).toEqual(nextDigestAfter(cadence, timeZone, (await rule()).createdAt));
      await round();
      expect(slack.inbox.messages).toHaveLength(0);

      await forwardTo(digestDueAt);
      await round();
      expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^7 new failures/)]);
      const lines = linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] });
      expect(lines).toContain('DATA_VALUE_VALIDATION: 5 new, 3 open, 2 cleared');
      expect(lines).toContain('DUPLICATE: 2 new, 2 open, 0 cleared');
      const following = await rule();
      expect(following.digestDueAt).toEqual(nextDigestAfter(cadence, timeZone, await now()));
      expect(following.lastSentAt).not.toBeNull();

      await forwardTo(following.digestDueAt);
      await round();
      expect(slack.inbox.messages).toHaveLength(1);
      expect((await rule()).digestDueAt).toEqual(nextDigestAfter(cadence, timeZone, await now()));
    },
  );

  test('is not sent because something cleared; the next one that is says so', async () => {
    const { fail, retryAndClear, slack, rule } = await given({ cadence: 'HOURLY' });
    const ids = await fail(4);
    await round();
    await forwardTo((await rule()).digestDueAt);
    await round();
    await retryAndClear(ids.slice(0, 3));
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(1);
    await fail(1);
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(linesOf(slack.inbox.messages[1]?.body ?? { blocks: [] })).toContain('1 new, 2 open, 3 cleared');
  });

  test('counts a lead as cleared only if it had failed, and under what it had failed with last', async () => {
    const { tenant, fail, retryAndClear, slack, rule, integrationId, eventId } = await given({ cadence: 'HOURLY' });
    await tenant.captureLeads(eventId, 2);
    const smooth = (await tenant.listItems(integrationId)).map(({ id }) => id);
    await tenant.claim(smooth);
    await tenant.clear(smooth);
    const edited = smooth.slice(0, 1);
    await tenant.move(edited, { state: 'PENDING', cause: 'EDITED' });
    await tenant.claim(edited);
    await tenant.clear(edited);
    const [lead = ''] = await fail(1, 'DUPLICATE');
    await tenant.move([lead], { state: 'PENDING', cause: 'RETRIED' });
    await tenant.claim([lead]);
    await tenant.fail([lead], 'UNKNOWN');
    await retryAndClear([lead]);
    await fail(1, 'UNKNOWN');
    await forwardTo((await rule()).digestDueAt);
    await round();
    const lines = linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] });
    expect(lines).toContain('UNKNOWN: 2 new, 1 open, 1 cleared');
    expect(lines).toContain('DUPLICATE: 1 new, 0 open, 0 cleared');
  });

  test('does not take a canceled retry for a new failure', async () => {
    const { tenant, integrationId, fail, slack, rule } = await given({ cadence: 'HOURLY' });
    const ids = await fail(2);
    await round();
    await forwardTo((await rule()).digestDueAt);
    await round();
    const [item] = await tenant.listItems(integrationId);
    await tenant.move(ids, { state: 'PENDING', cause: 'RETRIED' });
    await tenant.move(ids, { state: 'FAILED', error: item?.error ?? null, cause: 'RETRY_CANCELED' });
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(1);
  });

  test('knows what the log has forgotten by then', async () => {
    const { fail, slack, rule } = await given({ cadence: 'WEEKLY' });
    await fail(3);
    await round();
    await forward(2 * 86_400);
    while ((await pruneLogs(services.db, 1)) > 0);
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^3 new failures/)]);
  });

  test('links to the tab that shows its leads', async () => {
    const { fail, slack, rule, integrationId } = await given({ cadence: 'HOURLY' });
    await fail(1, 'DUPLICATE');
    await forwardTo((await rule()).digestDueAt);
    await round();
    const integration = encodeURIComponent(Buffer.from(`Integration:${integrationId}`).toString('base64'));
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).toContain(
      `<https://sluice.example/integrations/${integration}/reconciliation?group=FAILED&category=DUPLICATE|Show them>`,
    );
  });
});

describe('a rule', () => {
  test('tells only of its integration and its event', async () => {
    const { tenant, integrationId, eventId, ruleId, fail, slack } = await given();
    const otherIntegration = await tenant.createIntegration('WEBHOOK');
    const otherEvent = await tenant.createEvent();
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, integrationId, eventId });
    await fail(2, 'UNKNOWN', { eventId: otherEvent });
    await fail(3, 'UNKNOWN', { integrationId: otherIntegration });
    await fail(1);
    await round();
    await forward(6);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^1 new failure /)]);
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).not.toContain('UNKNOWN');
  });

  test('tells only of its triggers', async () => {
    const { fail, slack, rule } = await given({ triggers: ['AUTHORIZATION_LOST'] });
    await fail(1);
    await forward(60);
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
    expect(await rule()).toMatchObject({ digestDueAt: null, reminderDueAt: null });
  });

  test('tells nothing of before it, and nothing of a pause, also not afterwards', async () => {
    const { tenant, fail, slack, ruleId } = await given();
    await fail(1);
    await round();
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, active: false });
    await fail(2);
    await forward(60);
    await round();
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, active: true });
    await forward(60);
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
    await fail(4);
    await round();
    await forward(6);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^4 new failures/)]);
  });

  test('keeps what it has yet to tell when its cadence or its name changes', async () => {
    const { tenant, fail, slack, ruleId } = await given({ cadence: 'WEEKLY' });
    await fail(4);
    await round();
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, cadence: 'IMMEDIATE', name: 'Booth' });
    await forward(6);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^4 new failures/)]);
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).toContain('Booth');
  });
});
