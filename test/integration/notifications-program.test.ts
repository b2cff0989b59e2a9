import { expect, test } from 'vitest';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { startMailServer, startSlackReceiver } from '../support/message-receivers.ts';
import { startTestSluice } from '../support/sluice.ts';

// The whole program: rules by GraphQL over HTTP, a vendor that says no, and what arrives where people are.

const createRule = /* GraphQL */ `
  mutation ($input: CreateNotificationRuleInput!) {
    createNotificationRule(input: $input) { ... on CreateNotificationRuleSuccess { notificationRule { id } } ... on Error { message } }
  }
`;
const connect = /* GraphQL */ `
  mutation ($url: String!) {
    connect(input: { vendor: WEBHOOK, name: "Booth hook", credentials: { webhook: { url: $url } } }) {
      ... on ConnectSuccess { integration { id } }
      ... on Error { message }
    }
  }
`;
const createEvent = /* GraphQL */ `
  mutation { createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } } }
`;
const capture = /* GraphQL */ `
  mutation ($eventId: ID!) {
    captureLeads(input: { eventId: $eventId, leads: [{ firstName: "Ada", email: "ada@private.example" }] }) { __typename }
  }
`;

test('a receiver that is gone, and a lead that it refused, are told by e-mail and to Slack', async () => {
  const mail = await startMailServer();
  const slack = await startSlackReceiver();
  const sluice = await startTestSluice({
    environment: { SMTP_URL: mail.url, NOTIFICATION_FROM: 'sluice@example.com' },
    engineTimes: { notificationsMs: 100 },
  });
  const receiver = await startWebhookReceiver();
  const client = sluice.client();
  const channels = [{ email: { recipients: ['ops@example.com'] } }, { webhook: { url: slack.url } }];
  for (const channel of channels) {
    const input = { name: 'Booth', triggers: ['SYNC_ERRORS', 'AUTHORIZATION_LOST'], channel };
    expect(await client.data(createRule, { input })).toMatchObject({
      createNotificationRule: { notificationRule: { id: expect.any(String) } },
    });
  }
  await client.data(connect, { url: receiver.url });
  const { createEvent: created } = await client.data<{ createEvent: { event: { id: string } } }>(createEvent);
  const eventId = created.event.id;

  receiver.script(400);
  await client.data(capture, { eventId });
  const [refused] = await mail.inbox.until(1);
  expect(refused?.source).toContain('Subject: Sluice: 1 new failure in Booth hook');
  expect(refused?.source).toContain('WEBHOOK_REJECTED: 1 new, 1 open, 0 cleared');
  expect(refused?.source).toContain(`${sluice.url}/integrations/`);
  expect(refused?.source).not.toContain('private.example');
  await slack.inbox.until(1);

  receiver.script(410);
  await client.data(capture, { eventId });
  const [, gone] = await mail.inbox.until(2);
  expect(gone?.source).toContain('Subject: Sluice: Booth hook needs to be connected again');
  const [, posted] = await slack.inbox.until(2);
  expect(posted?.body.text).toBe('Booth hook needs to be connected again');
  await receiver.close();
});
