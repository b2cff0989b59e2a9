import { describe, expect, test } from 'vitest';
import { pruneLogs } from '../../src/db/statements/prune.ts';
import { nextDigestAfter } from '../../src/domain/notification-schedule.ts';
import { addDays, wallClockAt } from '../../src/domain/time-zone.ts';
import { loseAuthorization, losePermission } from '../../src/sync/close-connection.ts';
import { updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
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

describe('lost authorization', () => {
  const error = {
    category: 'AUTHENTICATION',
    message: 'no',
    vendorCode: null,
    vendorMessage: null,
    remoteField: null,
  } as const;

  test.for([
    ['AUTHORIZATION_LOST', 'does not accept our credentials'],
    ['NO_PERMISSION', 'may not write'],
    ['ENDPOINT_GONE', 'says that it is gone'],
  ] as const)('%s is told at once, also where failures wait for a digest; and once', async ([loss, words]) => {
    const { tenant, integrationId, fail, slack, rule } = await given({ cadence: 'WEEKLY' });
    await fail(1);
    const target = { orgId: tenant.orgId, integrationId };
    if (loss === 'AUTHORIZATION_LOST') await loseAuthorization(services, target, 1, error);
    else await losePermission(services, target, 1, loss, error);
    const due = (await rule()).digestDueAt;
    await round();
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([
      expect.stringMatching(/^MARKETO .* needs to be connected again$/),
    ]);
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).toContain(words);
    expect((await rule()).digestDueAt).toEqual(due);
    await forwardTo(due);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)[1]).toMatch(/^1 new failure /);
  });

  test('does not use up what had cleared: a digest that is due at the same time and has nothing new is kept for the next', async () => {
    const { tenant, integrationId, fail, retryAndClear, slack, rule } = await given({ cadence: 'HOURLY' });
    const ids = await fail(2);
    await round();
    await forwardTo((await rule()).digestDueAt);
    await round();
    await retryAndClear(ids.slice(0, 1));
    await loseAuthorization(services, { orgId: tenant.orgId, integrationId }, 1, error);
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(linesOf(slack.inbox.messages[1]?.body ?? { blocks: [] })).not.toContain('cleared');
    await fail(1);
    await forwardTo((await rule()).digestDueAt);
    await round();
    expect(linesOf(slack.inbox.messages[2]?.body ?? { blocks: [] })).toContain('1 new, 2 open, 1 cleared');
  });

  test('does not wait for the minute between messages', async () => {
    const { tenant, integrationId, fail, slack } = await given();
    await fail(1);
    await round();
    await forward(6);
    await round();
    await loseAuthorization(services, { orgId: tenant.orgId, integrationId }, 1, error);
    await round();
    expect(slack.inbox.messages).toHaveLength(2);
  });

  test('of another kind, another integration, or from before the rule, is not told', async () => {
    const { tenant, integrationId, slack, ruleId } = await given();
    const other = await tenant.createIntegration('WEBHOOK');
    await losePermission(services, { orgId: tenant.orgId, integrationId }, 1, 'NO_PERMISSION', error);
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, integrationId });
    await losePermission(services, { orgId: tenant.orgId, integrationId: other }, 1, 'ENDPOINT_GONE', error);
    await setSyncMode(services, tenant.viewer(), { integrationId, mode: 'MANUAL', confirm: true });
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
  });

  test('of an integration that came after the rule is told', async () => {
    const { tenant, slack } = await given();
    const integrationId = await tenant.createIntegration('WEBHOOK');
    await losePermission(services, { orgId: tenant.orgId, integrationId }, 1, 'ENDPOINT_GONE', error);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual([expect.stringMatching(/^WEBHOOK /)]);
  });
});

describe('leads that stay frozen after their event has ended', () => {
  /** Four leads that a Manual integration holds, of an event that ends on that day of its zone. */
  const frozen = async (endsOn: (reminderAt: Date) => string, timeZone = 'UTC') => {
    const all = await given({ cadence: 'WEEKLY' });
    const { tenant, integrationId } = all;
    const { reminderDueAt } = await all.rule();
    const ends = endsOn(reminderDueAt ?? new Date(0));
    const eventId = await tenant.createEvent({ endsOn: ends, timeZone, name: 'Gala' });
    await setSyncMode(services, tenant.viewer(), { integrationId, mode: 'MANUAL', confirm: true });
    await tenant.captureLeads(eventId, 4);
    return { ...all, eventId, ends };
  };
  const dayBefore = (instant: Date) => addDays(wallClockAt(instant, 'UTC').day, -1);

  test('are reminded of in the morning, once a day, as long as they are', async () => {
    const { tenant, integrationId, slack, rule, ends } = await frozen(dayBefore);
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
    for (const day of [1, 2]) {
      const { reminderDueAt } = await rule();
      expect(reminderDueAt && wallClockAt(reminderDueAt, 'Europe/Berlin')).toMatchObject({ hour: 9, minute: 0 });
      await forwardTo(reminderDueAt);
      await round();
      await round();
      expect(slack.inbox.messages).toHaveLength(day);
    }
    expect(slack.inbox.messages[0]?.body.text).toBe('4 leads frozen after the event has ended');
    expect(linesOf(slack.inbox.messages[0]?.body ?? { blocks: [] })).toContain(`Gala (ended ${ends}): 4 leads frozen`);

    await setSyncMode(services, tenant.viewer(), { integrationId, mode: 'AUTOMATIC' });
    await forwardTo((await rule()).reminderDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(2);
  });

  test('are left alone until the last day is over in the time zone of the event', async () => {
    // At nine in Berlin it is still the evening before there: by the clock of Greenwich the event would be over.
    const zone = 'Pacific/Pago_Pago';
    const { slack, rule, ends } = await frozen((reminderAt) => wallClockAt(reminderAt, zone).day, zone);
    const { reminderDueAt } = await rule();
    expect(reminderDueAt && wallClockAt(reminderDueAt, 'UTC').day).toBe(addDays(ends, 1));
    await forwardTo(reminderDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
    await forwardTo((await rule()).reminderDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(1);
  });

  test('are not told by a rule for another event, nor where only released or flowing leads wait', async () => {
    const { slack, rule, tenant, ruleId, integrationId, eventId } = await frozen(dayBefore);
    const other = await tenant.createEvent();
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, eventId: other });
    await forwardTo((await rule()).reminderDueAt);
    await round();
    expect(slack.inbox.messages).toHaveLength(0);
    await updateNotificationRule(services, tenant.viewer(), { id: ruleId, eventId });
    const ids = (await tenant.listItems(integrationId)).map(({ id }) => id);
    await tenant.release(ids.slice(0, 3), 2);
    await forwardTo((await rule()).reminderDueAt);
    await round();
    expect(slack.inbox.messages.map(({ body }) => body.text)).toEqual(['1 lead frozen after the event has ended']);
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
