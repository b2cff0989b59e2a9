import { describe, expect, onTestFinished, test } from 'vitest';
import type { Role } from '../../src/domain/roles.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import { createMailer } from '../../src/sync/notifications/mailer.ts';
import type { Services } from '../../src/sync/services.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { startMailServer, startSlackReceiver } from '../support/message-receivers.ts';

const strict = await createServices((await createDatabase()).open());

const ruleFields = /* GraphQL */ `
  id name active triggers integration { id } event { id } cadence timeZone channel { kind target recipients }
  createdBy lastSentAt lastError nextDueAt
`;
const create = /* GraphQL */ `
  mutation ($input: CreateNotificationRuleInput!) {
    createNotificationRule(input: $input) {
      __typename
      ... on CreateNotificationRuleSuccess { notificationRule { ${ruleFields} createdAt } }
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on ForbiddenError { requiredRole }
    }
  }
`;
const update = /* GraphQL */ `
  mutation ($input: UpdateNotificationRuleInput!) {
    updateNotificationRule(input: $input) {
      __typename
      ... on UpdateNotificationRuleSuccess { notificationRule { ${ruleFields} } }
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
    }
  }
`;
const remove = /* GraphQL */ `
  mutation ($id: ID!) {
    deleteNotificationRule(id: $id) { __typename ... on DeleteNotificationRuleSuccess { deletedId } ... on Error { message } }
  }
`;
const sendTest = /* GraphQL */ `
  mutation ($id: ID!) {
    sendTestNotification(id: $id) {
      __typename
      ... on SendTestNotificationSuccess { notificationRule { id lastSentAt } }
      ... on Error { message }
    }
  }
`;
const list = `{ notificationRules { ${ruleFields} } }`;
const slackUrl = 'https://hooks.slack.example/services/T0/B0/very-secret';

/** As `strict`, on loopback too. */
async function open(more: Partial<Services> = {}): Promise<Services> {
  const http = createHttpClient({ allowPrivateNetworks: true });
  onTestFinished(() => http.close());
  return { ...strict, http, ...more };
}

async function ready(services: Services = strict) {
  const tenant = await Tenant.create(services);
  const client = (role: Role = 'ADMIN') => new SchemaClient(services, tenant.viewer(role));
  const input = { name: 'Field ops', triggers: ['SYNC_ERRORS'], channel: { webhook: { url: slackUrl } } };
  const made = async (more: object = {}) =>
    (await client().data(create, { input: { ...input, ...more } })).createNotificationRule;
  return { tenant, client, input, made };
}

test('a rule is created with the least that it needs, and shown as it is', async () => {
  const { client, made } = await ready();
  const { notificationRule } = await made();
  const { createdAt, ...shown } = notificationRule;
  expect(Date.parse(createdAt)).toBeLessThanOrEqual(Date.now());
  expect(shown).toMatchObject({
    name: 'Field ops',
    active: true,
    triggers: ['SYNC_ERRORS'],
    integration: null,
    event: null,
    cadence: 'IMMEDIATE',
    timeZone: 'UTC',
    channel: { kind: 'WEBHOOK', target: 'hooks.slack.example', recipients: [] },
    createdBy: 'ADMIN of a test',
    lastSentAt: null,
    lastError: null,
    nextDueAt: null,
  });
  expect((await client().data(list)).notificationRules).toEqual([shown]);
  const node = await client().data(`query ($id: ID!) { node(id: $id) { ... on NotificationRule { ${ruleFields} } } }`, {
    id: shown.id,
  });
  expect(node.node).toEqual(shown);
});

test('a rule has a scope, a cadence and a time zone, and tells when it is due', async () => {
  const { tenant, made } = await ready();
  const integrationId = globalId('Integration', await tenant.createIntegration());
  const eventId = globalId('Event', await tenant.createEvent());
  const { notificationRule } = await made({ integrationId, eventId, cadence: 'WEEKLY', timeZone: 'Asia/Tokyo' });
  expect(notificationRule).toMatchObject({
    integration: { id: integrationId },
    event: { id: eventId },
    cadence: 'WEEKLY',
    timeZone: 'Asia/Tokyo',
  });
  const due = new Date(notificationRule.nextDueAt);
  expect([due.getUTCDay(), due.getUTCHours()]).toEqual([1, 0]); // Monday at nine in Tokyo
});

test('the URL of a webhook is a secret: encrypted where it is stored, and nowhere shown', async () => {
  const { tenant, client, made } = await ready();
  await made();
  const { rows } = await dump(tenant.orgId);
  expect(rows).toContain('hooks.slack.example');
  expect(rows).not.toContain('very-secret');
  expect(rows).not.toContain(Buffer.from('very-secret').toString('hex'));
  expect(JSON.stringify(await client().data(list))).not.toContain('very-secret');
});

async function dump(orgId: string): Promise<{ rows: string }> {
  const [row] = (await strict.db.execute(
    `select string_agg(r::text, ' ') as rows from notification_rules r where org_id = '${orgId}'`,
  )) as unknown as { rows: string }[];
  return row ?? { rows: '' };
}

describe('an update', () => {
  test('changes what is given and leaves the rest', async () => {
    const { tenant, client, made } = await ready();
    const integrationId = globalId('Integration', await tenant.createIntegration());
    const { notificationRule: before } = await made({ integrationId, cadence: 'DAILY' });
    const change = async (input: object) =>
      (await client().data(update, { input: { id: before.id, ...input } })).updateNotificationRule.notificationRule;
    expect(await change({ name: 'Booth' })).toEqual(
      expect.objectContaining({ name: 'Booth', nextDueAt: before.nextDueAt }),
    );
    expect(await change({ integrationId: null })).toMatchObject({ name: 'Booth', integration: null, cadence: 'DAILY' });
    expect(await change({ active: false })).toMatchObject({ active: false, nextDueAt: null });
    expect(await change({ active: true, cadence: 'IMMEDIATE' })).toMatchObject({
      cadence: 'IMMEDIATE',
      nextDueAt: null,
    });
    expect(await change({ triggers: ['FROZEN_AFTER_EVENT'] })).toMatchObject({
      nextDueAt: expect.stringContaining('T09:00'),
    });
    expect(await change({ channel: { webhook: { url: 'https://other.example/x' } } })).toMatchObject({
      channel: { target: 'other.example' },
    });
  });

  test('goes from a webhook to e-mail and back', async () => {
    const mail = await startMailServer();
    const { client, made } = await ready({ ...strict, mailer: createMailer({ url: mail.url, from: 's@example.com' }) });
    const { notificationRule } = await made();
    const change = async (channel: object) =>
      (await client().data(update, { input: { id: notificationRule.id, channel } })).updateNotificationRule
        .notificationRule;
    expect(
      await change({ email: { recipients: ['a@example.com', ' b@example.com ', 'a@example.com'] } }),
    ).toMatchObject({
      channel: {
        kind: 'EMAIL',
        target: 'a@example.com, b@example.com',
        recipients: ['a@example.com', 'b@example.com'],
      },
    });
    expect(await change({ webhook: { url: slackUrl } })).toMatchObject({
      channel: { kind: 'WEBHOOK', recipients: [] },
    });
  });
});

describe('what can not be', () => {
  test.for([
    ['a name of nothing', { name: ' ' }, 'name'],
    ['a name that is too long', { name: 'n'.repeat(101) }, 'name'],
    ['no trigger', { triggers: [] }, 'triggers'],
    ['a time zone that nobody knows', { timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['a URL that is none', { channel: { webhook: { url: 'slack' } } }, 'channel.webhook.url'],
    ['a URL without TLS', { channel: { webhook: { url: 'http://hooks.example/x' } } }, 'channel.webhook.url'],
    ['a private address', { channel: { webhook: { url: 'https://10.0.0.1/x' } } }, 'channel.webhook.url'],
    [
      'e-mail where there is no mail server',
      { channel: { email: { recipients: ['a@example.com'] } } },
      'channel.email',
    ],
  ] as const)('is refused in words: %s', async ([, more, path]) => {
    const { made, client } = await ready();
    const refused = await made(more);
    expect(refused).toMatchObject({ __typename: 'ValidationError', fieldErrors: [{ path }] });
    expect((await client().data(list)).notificationRules).toEqual([]);
  });

  test('says who can mend it where there is no mail server', async () => {
    const { made } = await ready();
    const { message } = await made({ channel: { email: { recipients: ['a@example.com'] } } });
    expect(message).toMatch(/whoever runs it has to set SMTP_URL and NOTIFICATION_FROM/);
  });

  test('addresses are checked one by one', async () => {
    const mail = await startMailServer();
    const { made } = await ready({ ...strict, mailer: createMailer({ url: mail.url, from: 's@example.com' }) });
    const refused = await made({ channel: { email: { recipients: ['a@example.com', 'Bob <b@example.com>', ''] } } });
    expect(refused.fieldErrors.map(({ path }: { path: string }) => path)).toEqual([
      'channel.email.recipients.1',
      'channel.email.recipients.2',
    ]);
    const none = await made({ channel: { email: { recipients: [] } } });
    expect(none.fieldErrors).toMatchObject([{ path: 'channel.email.recipients' }]);
  });

  test('an integration or event of somebody else is not found', async () => {
    const { made } = await ready();
    const other = await ready();
    const integrationId = globalId('Integration', await other.tenant.createIntegration());
    const eventId = globalId('Event', await other.tenant.createEvent());
    expect(await made({ integrationId })).toMatchObject({
      __typename: 'NotFoundError',
      message: expect.stringMatching(/integration/),
    });
    expect(await made({ eventId })).toMatchObject({
      __typename: 'NotFoundError',
      message: expect.stringMatching(/event/),
    });
  });

  test('more than a hundred rules', async () => {
    const { made } = await ready();
    for (let n = 0; n < 100; n++) expect((await made()).__typename).toBe('CreateNotificationRuleSuccess');
    expect(await made()).toMatchObject({ __typename: 'ValidationError', message: expect.stringMatching(/100 rules/) });
  });
});

test('a rule of somebody else is not found, whatever is asked of it', async () => {
  const { made } = await ready();
  const { notificationRule } = await made();
  const other = await ready();
  const { id } = notificationRule;
  expect((await other.client().data(update, { input: { id, name: 'mine' } })).updateNotificationRule.__typename).toBe(
    'NotFoundError',
  );
  expect((await other.client().data(remove, { id })).deleteNotificationRule.__typename).toBe('NotFoundError');
  expect((await other.client().data(sendTest, { id })).sendTestNotification.__typename).toBe('NotFoundError');
  expect((await other.client().data('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toBeNull();
  expect((await other.client().data(list)).notificationRules).toEqual([]);
});

test('a rule is deleted for good', async () => {
  const { client, made } = await ready();
  const { notificationRule } = await made();
  const { id } = notificationRule;
  expect((await client().data(remove, { id })).deleteNotificationRule).toEqual({
    __typename: 'DeleteNotificationRuleSuccess',
    deletedId: id,
  });
  expect((await client().data(list)).notificationRules).toEqual([]);
  expect((await client().data(remove, { id })).deleteNotificationRule.__typename).toBe('NotFoundError');
});

describe.for(['VIEWER', 'OPERATOR'] as const)('%s', (role) => {
  test('neither sees rules nor changes them', async () => {
    const { client, made, input } = await ready();
    const { notificationRule } = await made();
    const { id } = notificationRule;
    expect(await client(role).codes(list)).toEqual(['FORBIDDEN']);
    expect(await client(role).codes('query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual(['FORBIDDEN']);
    const results = [
      (await client(role).data(create, { input })).createNotificationRule,
      (await client(role).data(update, { input: { id, name: 'mine' } })).updateNotificationRule,
      (await client(role).data(remove, { id })).deleteNotificationRule,
      (await client(role).data(sendTest, { id })).sendTestNotification,
    ];
    expect(results.map(({ __typename }) => __typename)).toEqual(Array(4).fill('ForbiddenError'));
    expect((await client().data(list)).notificationRules).toMatchObject([{ name: 'Field ops' }]);
  });
});

describe('a test notification', () => {
  test('goes to the webhook at once, also of a paused rule, and counts as nothing', async () => {
    const slack = await startSlackReceiver();
    const { client, made } = await ready(await open());
    const { notificationRule } = await made({ active: false, channel: { webhook: { url: slack.url } } });
    const { id } = notificationRule;
    expect((await client().data(sendTest, { id })).sendTestNotification).toEqual({
      __typename: 'SendTestNotificationSuccess',
      notificationRule: { id, lastSentAt: null },
    });
    expect(slack.inbox.messages).toMatchObject([
      { body: { text: 'Test of a notification' }, headers: { 'content-type': 'application/json; charset=utf-8' } },
    ]);
  });

  test('goes out by e-mail', async () => {
    const mail = await startMailServer();
    const { client, made } = await ready(
      await open({ mailer: createMailer({ url: mail.url, from: 's@example.com' }) }),
    );
    const { notificationRule } = await made({ channel: { email: { recipients: ['ada@example.com'] } } });
    const { sendTestNotification } = await client().data(sendTest, { id: notificationRule.id });
    expect(sendTestNotification.__typename).toBe('SendTestNotificationSuccess');
    expect(mail.inbox.messages).toMatchObject([{ to: ['ada@example.com'] }]);
    expect(mail.inbox.messages[0]?.source).toContain('Subject: Sluice: Test of a notification');
  });

  test.for([
    ['the receiver refuses it', { status: 404 }, /^127\.0\.0\.1:\d+ answered HTTP 404\.$/],
    ['the receiver redirects', { status: 302, headers: { location: 'https://example.com' } }, /answered HTTP 302/],
  ] as const)('says so when %s', async ([, answer, words]) => {
    const slack = await startSlackReceiver();
    slack.script(answer);
    const { client, made } = await ready(await open());
    const { notificationRule } = await made({ channel: { webhook: { url: slack.url } } });
    const { sendTestNotification } = await client().data(sendTest, { id: notificationRule.id });
    expect(sendTestNotification).toEqual({ __typename: 'DeliveryFailedError', message: expect.stringMatching(words) });
  });

  test('says so when somebody is refused by the mail server', async () => {
    const mail = await startMailServer({ unknown: ['otto@example.com'] });
    const { client, made } = await ready(
      await open({ mailer: createMailer({ url: mail.url, from: 's@example.com' }) }),
    );
    const { notificationRule } = await made({
      channel: { email: { recipients: ['ada@example.com', 'otto@example.com'] } },
    });
    const { sendTestNotification } = await client().data(sendTest, { id: notificationRule.id });
    expect(sendTestNotification).toEqual({
      __typename: 'DeliveryFailedError',
      message: 'The mail server refused 1 of 2 recipients.',
    });
  });

  test('reaches no private address, whatever the rule says by now', async () => {
    const slack = await startSlackReceiver();
    const { tenant, made } = await ready(await open());
    const { notificationRule } = await made({ channel: { webhook: { url: slack.url } } });
    const guarded = new SchemaClient(strict, tenant.viewer());
    const { sendTestNotification } = await guarded.data(sendTest, { id: notificationRule.id });
    expect(sendTestNotification.__typename).toBe('DeliveryFailedError');
    expect(slack.inbox.messages).toEqual([]);
  });
});
