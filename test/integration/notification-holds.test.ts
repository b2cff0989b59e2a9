import { describe, expect, test } from 'vitest';
import { addDays, wallClockAt } from '../../src/domain/time-zone.ts';
import { loseAuthorization, losePermission } from '../../src/sync/close-connection.ts';
import { updateNotificationRule } from '../../src/sync/notifications/rules.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { startNewsWorld } from '../support/notifications.ts';

const world = await startNewsWorld();
const { services, given, round, forward, forwardTo } = world;
const linesOf = (body: { blocks: unknown[] }): string => JSON.stringify(body.blocks);

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
