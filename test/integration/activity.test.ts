import { beforeAll, describe, expect, test, vi } from 'vitest';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice();
const client = sluice.client();
const receiver = await startWebhookReceiver();

interface Point {
  at: string;
  captured: number;
  cleared: number;
  failed: number;
  latencyP50Ms: number | null;
  latencyP95Ms: number | null;
}

const read = async (id: string, variables: Record<string, unknown> = {}): Promise<Point[]> => {
  const { integration } = await client.data<{ integration: { activity: Point[] } }>(
    `query ($id: ID!, $eventId: ID, $minutes: Int) {
      integration(id: $id) { activity(eventId: $eventId, minutes: $minutes) { at captured cleared failed latencyP50Ms latencyP95Ms } }
    }`,
    { id, ...variables },
  );
  return integration.activity;
};
const sum = (points: Point[], name: 'captured' | 'cleared' | 'failed') =>
  points.reduce((total, point) => total + point[name], 0);

let integrationId: string;
const events: string[] = [];
const leads: string[] = [];

async function capture(eventId: string, count: number, agoMs = 0): Promise<void> {
  const capturedAt = new Date(Date.now() - agoMs).toISOString();
  const { captureLeads } = await client.data<{ captureLeads: { leads: { id: string }[] } }>(
    `mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { ... on CaptureLeadsSuccess { leads { id } } } }`,
    {
      input: {
        eventId,
        leads: Array.from({ length: count }, (_, n) => ({ email: `${n}-${agoMs}@example.com`, capturedAt })),
      },
    },
  );
  leads.push(...captureLeads.leads.map(({ id }) => id));
}

function settled(cleared: number, failed: number): Promise<void> {
  const query = 'query ($id: ID!) { reconciliation(integrationId: $id) { counts { cleared failed preSync } } }';
  return vi.waitFor(
    async () => {
      const { reconciliation } = await client.data<{ reconciliation: { counts: object } }>(query, {
        id: integrationId,
      });
      expect(reconciliation.counts).toEqual({ cleared, failed, preSync: 0 });
    },
    { timeout: 20_000 },
  );
}

beforeAll(async () => {
  const { connect } = await client.data<{ connect: { integration: { id: string } } }>(
    `mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id } } } }`,
    { input: { vendor: 'WEBHOOK', credentials: { webhook: { url: receiver.url } } } },
  );
  integrationId = connect.integration.id;
  for (const name of ['First', 'Second']) {
    const { createEvent } = await client.data<{ createEvent: { event: { id: string } } }>(
      `mutation ($name: String!) { createEvent(input: { name: $name }) { ... on CreateEventSuccess { event { id } } } }`,
      { name },
    );
    events.push(createEvent.event.id);
  }
  await capture(events[0] ?? '', 3, 100_000);
  await settled(3, 0);
  receiver.script(422);
  await capture(events[1] ?? '', 1);
  await settled(3, 1);
  return () => receiver.close();
});

describe('the activity of an integration', () => {
  test('has every minute, oldest first, up to the one that runs', async () => {
    const points = await read(integrationId, { minutes: 5 });
    const minutes = points.map(({ at }) => Date.parse(at));
    expect(minutes).toHaveLength(5);
    expect(minutes.every((at, index) => index === 0 || at - (minutes[index - 1] ?? 0) === 60_000)).toBe(true);
    expect(await read(integrationId)).toHaveLength(60);
  });

  test('adds up to what happened, over all events and at each', async () => {
    const all = await read(integrationId);
    expect([sum(all, 'captured'), sum(all, 'cleared'), sum(all, 'failed')]).toEqual([4, 3, 1]);
    const second = await read(integrationId, { eventId: events[1] });
    expect([sum(second, 'captured'), sum(second, 'cleared'), sum(second, 'failed')]).toEqual([1, 0, 1]);
    const { createEvent } = await client.data<{ createEvent: { event: { id: string } } }>(
      'mutation { createEvent(input: { name: "Nobody came" }) { ... on CreateEventSuccess { event { id } } } }',
    );
    expect(sum(await read(integrationId, { eventId: createEvent.event.id }), 'captured')).toBe(0);
  });

  test('tells how long leads took from capture to cleared, and not where none did', async () => {
    const told = (await read(integrationId)).filter(({ latencyP50Ms }) => latencyP50Ms !== null);
    expect(told.length).toBeGreaterThan(0);
    for (const { cleared, latencyP50Ms, latencyP95Ms } of told) {
      expect(cleared).toBeGreaterThan(0);
      expect(latencyP50Ms).toBeGreaterThan(80_000); // they were captured 100 seconds before
      expect(latencyP95Ms).toBeGreaterThanOrEqual(latencyP50Ms ?? 0);
    }
  });

  test('counts a lead that is sent again as a push, and its latency only the first time', async () => {
    const before = await read(integrationId);
    await client.data(`mutation ($id: ID!) { updateLead(input: { leadId: $id, company: "Weir" }) { __typename } }`, {
      id: leads[0],
    });
    await expect.poll(async () => sum(await read(integrationId), 'cleared'), { timeout: 15_000 }).toBe(4);
    const [row] = await sluice.database.open().sql`select sum(n)::int as n from activity, unnest(latencies) n`;
    expect(row?.n).toBe(3);
    expect(sum(await read(integrationId), 'captured')).toBe(sum(before, 'captured'));
  });

  test('of too many minutes is refused', async () => {
    const { errors } = await client.ask(
      'query ($id: ID!) { integration(id: $id) { activity(minutes: 1441) { at } } }',
      { id: integrationId },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
