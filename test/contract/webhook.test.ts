import { randomBytes } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { webhook } from '../../src/sync/connectors/webhook/webhook.ts';
import { connectorSuite } from './connector-suite.ts';
import { recordOf } from './records.ts';
import { given, secretOf } from './webhook-stand.ts';
import { createWorkbench } from './workbench.ts';

connectorSuite({
  connector: webhook,
  kindOf: { html: 'answered', oversize: 'answered' }, // any 2xx is success, whatever the body
  signsIn: false,
  async start() {
    const secret = secretOf(32);
    const receiver = await startWebhookReceiver({ secret, clock: () => Date.parse('2026-11-23T12:00:00Z') });
    const url = `${receiver.url}?token=q-${randomBytes(9).toString('hex')}`;
    return {
      input: { url, secret },
      credentials: { url, secret },
      secrets: [secret, secret.slice(6), new URL(url).search.slice(7)],
      stored: () =>
        [...receiver.accepted().values()].map(
          ({ data }) => (data as { data: { fields: { email: string } } }).data.fields.email,
        ),
      received: (email) =>
        [...receiver.accepted().values()]
          .map(({ data }) => data as { data: { fields: { email: string } } })
          .findLast(({ data }) => data.fields.email === email),
      requests: () => receiver.deliveries().length,
      throttle: () => receiver.script(429),
      refuse: (email) => receiver.fault({ kind: 'status', status: 422, email, times: null }),
      hang: (afterWrite) => receiver.fault({ kind: 'hang', afterWrite }),
      untilHanging: receiver.untilHanging,
      answer: (kind) => (typeof kind === 'string' ? receiver.fault({ kind }) : receiver.script(kind)),
      refuseInWords: (words) => receiver.script({ status: 400, body: words }),
      refuseTokens: null,
      campaign: null,
      close: receiver.close,
    };
  },
});

describe('a delivery', () => {
  test('is signed so that the libraries of Standard Webhooks and of Svix accept it', async () => {
    const { bench, receiver, secret, push } = await given();
    bench.now = Date.now(); // both libraries ask the real clock
    await push(recordOf('größe@example.test'));
    const [delivery] = receiver.deliveries();
    if (!delivery) throw new Error('nothing was delivered');
    expect(delivery.isVerified).toBe(true);
    expect(() => new StandardWebhook(secret).verify(delivery.body, delivery.headers)).not.toThrow();
    expect(() => new SvixWebhook(secret).verify(delivery.body, delivery.headers)).not.toThrow();
    expect(() => new SvixWebhook(secretOf(32)).verify(delivery.body, delivery.headers)).toThrow();
    expect(() => new SvixWebhook(secret).verify(`${delivery.body} `, delivery.headers)).toThrow();
  });

  test('carries the whole lead when nothing is mapped', async () => {
    const { receiver, push } = await given();
    await push(recordOf('ada@example.test', { mapped: false, values: {} }));
    expect(receiver.deliveries()[0]?.data).toEqual({
      type: 'lead.delivered',
      timestamp: '2026-11-02T09:30:00.000Z',
      data: {
        itemId: 'item-ada',
        revision: 3,
        lead: {
          id: 'lead-ada',
          externalId: null,
          capturedAt: '2026-11-02T09:30:00.000Z',
          firstName: 'ada',
          lastName: 'Lovelace',
          email: 'ada@example.test',
          company: 'Analytical Engines',
          jobTitle: null,
          phone: null,
          qualifiers: [{ name: 'Interest', values: ['Pumps', 'Valves'] }],
          attributes: [{ name: 'badge', value: '42' }],
        },
        event: { id: 'event-1', name: 'Hannover Messe' },
      },
    });
  });

  test('carries what is mapped and nothing else of the person', async () => {
    const { receiver, push } = await given();
    await push(recordOf('ada@example.test', { values: { mail: 'ada@example.test' } }));
    const data = receiver.deliveries()[0]?.data;
    expect(data).toMatchObject({ data: { fields: { mail: 'ada@example.test' }, lead: { id: 'lead-ada' } } });
    expect(JSON.stringify(data)).not.toMatch(/Lovelace|Analytical/);
  });

  test('keeps its id and its bytes on every attempt, with a timestamp of its own', async () => {
    const { bench, receiver, push } = await given();
    receiver.script(500);
    await push();
    bench.now += 90_000;
    await push();
    const [first, second] = receiver.deliveries();
    expect(first).toMatchObject({ id: 'msg_item-ada_3', isVerified: true, isAccepted: false });
    expect(second).toMatchObject({ id: 'msg_item-ada_3', isVerified: true, isAccepted: true, body: first?.body });
    expect((second?.timestamp ?? 0) - (first?.timestamp ?? 0)).toBe(90);
  });

  test('of an edited lead is another message', async () => {
    const { receiver, push } = await given();
    const record = recordOf('ada@example.test');
    await push(record);
    await push({ ...record, lead: { ...record.lead, revision: 4 } });
    expect([...receiver.accepted().keys()]).toEqual(['msg_item-ada_3', 'msg_item-ada_4']);
  });
});

describe('answers', () => {
  test.for([
    [200, { kind: 'answered', outcomes: [{ kind: 'cleared', remoteId: null }] }],
    [201, { kind: 'answered', outcomes: [{ kind: 'cleared' }] }],
    [202, { kind: 'answered', outcomes: [{ kind: 'cleared' }] }],
    [204, { kind: 'answered', outcomes: [{ kind: 'cleared' }] }],
    [
      301,
      { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED', vendorCode: '301' } }] },
    ],
    [
      308,
      { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED', vendorCode: '308' } }] },
    ],
    [
      400,
      { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED', vendorCode: '400' } }] },
    ],
    [401, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [403, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [404, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [405, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [408, { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } }],
    [409, { kind: 'answered', outcomes: [{ kind: 'cleared', remoteId: null }] }],
    [410, { kind: 'hold', hold: 'ENDPOINT_GONE' }],
    [413, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [422, { kind: 'answered', outcomes: [{ kind: 'failed', error: { category: 'WEBHOOK_REJECTED' } }] }],
    [429, { kind: 'throttled', retryAfterMs: 30_000 }],
    [500, { kind: 'unavailable', whole: false, retryAfterMs: null, error: { category: 'VENDOR_UNAVAILABLE' } }],
    [501, { kind: 'unavailable', whole: false }],
    [502, { kind: 'unavailable', whole: true }],
    [503, { kind: 'unavailable', whole: true, retryAfterMs: null }],
    [504, { kind: 'unavailable', whole: true }],
    [520, { kind: 'unavailable', whole: false }],
  ] as const)('HTTP %i', async ([status, expected]) => {
    const { receiver, push } = await given();
    receiver.script(status);
    expect(await push()).toMatchObject(expected);
  });

  test.for([
    [429, '120', { kind: 'throttled', retryAfterMs: 120_000 }],
    [429, 'Mon, 23 Nov 2026 12:00:45 GMT', { kind: 'throttled', retryAfterMs: 45_000 }],
    [429, 'whenever', { kind: 'throttled', retryAfterMs: 30_000 }],
    [503, '10', { kind: 'unavailable', retryAfterMs: 10_000 }],
    [503, '864000', { kind: 'unavailable', retryAfterMs: 86_400_000 }],
  ] as const)('HTTP %i with Retry-After %s', async ([status, header, expected]) => {
    const { receiver, push } = await given();
    receiver.script({ status, headers: { 'retry-after': header } });
    expect(await push()).toMatchObject(expected);
  });

  test('the words of the receiver are kept, on one line and cut', async () => {
    const { receiver, push } = await given();
    receiver.script({ status: 422, body: `no\n  such   campaign ${'x'.repeat(5_000)}` });
    const answer = await push();
    const [outcome] = answer.kind === 'answered' ? answer.outcomes : [];
    const words = outcome?.kind === 'failed' ? outcome.error.vendorMessage : null;
    expect(words).toMatch(/^no such campaign x+$/);
    expect(words).toHaveLength(1_000);
  });

  test('a redirect to a private address is not followed', async () => {
    const { receiver, bench, push } = await given();
    receiver.fault({ kind: 'redirect', location: 'http://169.254.169.254/latest/meta-data' });
    expect(await push()).toMatchObject({ kind: 'answered', outcomes: [{ kind: 'failed' }] });
    expect(bench.finished).toHaveLength(1);
  });

  test('5 MB are not read: the status decides', async () => {
    const { receiver, push } = await given();
    receiver.fault({ kind: 'oversize', status: 500 });
    expect(await push()).toMatchObject({ kind: 'unavailable', whole: false, error: { vendorCode: '500' } });
    receiver.fault({ kind: 'oversize', status: 200 });
    expect(await push()).toMatchObject({ kind: 'answered', outcomes: [{ kind: 'cleared' }] });
  });

  test('a wrong secret is noticed by the receiver', async () => {
    const { bench, credentials } = await given();
    const answer = await webhook.push(
      [recordOf('ada@example.test')],
      bench.session({ ...credentials, secret: secretOf(32) }),
    );
    expect(answer).toMatchObject({ kind: 'answered', outcomes: [{ kind: 'failed', error: { vendorCode: '401' } }] });
  });

  test('a receiver that answers 409 to what it has is content', async () => {
    const { push } = await given({ refusesRepeats: true });
    await push();
    expect(await push()).toMatchObject({ kind: 'answered', outcomes: [{ kind: 'cleared' }] });
  });

  test('a name that turned private since it was connected holds everything', async () => {
    const resolve = (
      _name: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: '192.168.0.10', family: 4 }]);
    const bench = createWorkbench({ allowPrivateNetworks: false, resolve });
    const session = bench.session({ url: 'https://hooks.example.test/leads?key=abc', secret: secretOf(24) });
    const answer = await webhook.push([recordOf('ada@example.test')], session);
    expect(answer).toMatchObject({ kind: 'hold', hold: 'NO_PERMISSION', error: { category: 'CONNECTION_PERMISSION' } });
    expect(JSON.stringify(answer)).not.toMatch(/192\.168|key=abc/);
  });
});

test('a webhook delivers one lead a call', async () => {
  const { session } = await given();
  await expect(webhook.push([], session)).rejects.toBeInstanceOf(RangeError);
  await expect(webhook.push([recordOf('a@example.test'), recordOf('b@example.test')], session)).rejects.toBeInstanceOf(
    RangeError,
  );
});
