import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { webhook } from '../../src/sync/connectors/webhook/webhook.ts';
import { recordOf } from './records.ts';
import { given, secretOf } from './webhook-stand.ts';
import { createWorkbench } from './workbench.ts';

describe('connect', () => {
  test('generates a secret and tells it once', async () => {
    const { receiver, tools, bench } = await given();
    const answer = await webhook.connect({ url: receiver.url }, tools);
    if (answer.kind !== 'connected') throw new Error(answer.message);
    expect(answer.generatedSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(answer.credentials.secret).toBe(answer.generatedSecret);
    receiver.setSecret(answer.generatedSecret);
    await webhook.push([recordOf('ada@example.test')], bench.session(answer.credentials));
    expect(receiver.deliveries()).toMatchObject([{ isVerified: true }]);
  });

  test.for([24, 64])('takes a secret of %i bytes and does not repeat it', async (bytes) => {
    const { receiver, tools } = await given();
    const secret = secretOf(bytes);
    const answer = await webhook.connect({ url: receiver.url, secret }, tools);
    expect(answer).toMatchObject({ kind: 'connected', generatedSecret: null, credentials: { secret } });
  });

  test.for([
    secretOf(23),
    secretOf(65),
    secretOf(32).slice(6),
    'whsec_',
    'whsec_not base64!',
    `${secretOf(32)}x`,
    'whpk_abc',
  ])('refuses the secret %s', async (secret) => {
    const { receiver, tools } = await given();
    expect(await webhook.connect({ url: receiver.url, secret }, tools)).toMatchObject({
      kind: 'refused',
      path: 'secret',
    });
  });

  test.for([
    '',
    'nonsense',
    'ftp://example.test/',
    'http://user:pass@127.0.0.1/',
    'http://169.254.169.254/',
    'http://0.0.0.0/',
  ])('refuses the URL %j', async (url) => {
    const { tools } = await given();
    expect(await webhook.connect({ url }, tools)).toMatchObject({ kind: 'refused', path: 'url' });
  });

  test.for([
    'http://hooks.example.test/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://hooks.example.test:8443/',
    'https://private.test/',
  ])('without private networks refuses %s', async (url) => {
    const resolve = (
      _name: string,
      _options: unknown,
      done: (error: null, found: { address: string; family: number }[]) => void,
    ) => done(null, [{ address: '10.0.0.1', family: 4 }]);
    const bench = createWorkbench({ allowPrivateNetworks: false, resolve });
    expect(await webhook.connect({ url }, bench.tools)).toMatchObject({
      kind: 'refused',
      path: 'url',
    });
  });

  test('the account is the endpoint: its query tells accounts apart but is shown nowhere', async () => {
    const { receiver, tools } = await given();
    const connected = async (url: string) => {
      const answer = await webhook.connect({ url }, tools);
      if (answer.kind !== 'connected') throw new Error(answer.message);
      return answer;
    };
    const one = await connected(`${receiver.url}?key=one`);
    const same = await connected(`${receiver.url.replace('http://', 'HTTP://')}?key=one#part`);
    const other = await connected(`${receiver.url}?key=two`);
    expect(one.accountId).toMatch(/^[0-9a-f]{64}$/);
    expect(same.accountId).toBe(one.accountId);
    expect(other.accountId).not.toBe(one.accountId);
    expect(one.accountName).toBe(receiver.url);
  });

  test('something that hangs before TLS or TCP is done is unavailable', async () => {
    const answers: (() => void)[] = [];
    const bench = createWorkbench({ resolve: (_name, _options, _done) => void answers.push(() => bench.timeOut()) });
    const connecting = webhook.connect({ url: 'https://slow.example.test/' }, bench.tools);
    await expect.poll(() => answers.length).toBe(1);
    answers[0]?.();
    expect(await connecting).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('in time') });
  });
});

describe('a secret that is changed', () => {
  const hour = 3_600_000;

  /** Deliveries of the endpoint after each change of its secret, on the workbench's clock. */
  async function changed(...steps: { secret: string; afterMs: number }[]) {
    const { bench, receiver, credentials } = await given({ secret: null });
    let stored = webhook.credentials.parse(credentials);
    for (const { secret, afterMs } of steps) {
      bench.now += afterMs;
      const answer = await webhook.connect({ url: receiver.url, secret }, bench.tools);
      if (answer.kind !== 'connected') throw new Error(`not connected: ${answer.kind}`);
      const succeeded = webhook.succeed?.(stored, answer.credentials, bench.now);
      stored = webhook.credentials.parse(JSON.parse(JSON.stringify(succeeded?.credentials))); // as it is stored
    }
    const deliver = async () => {
      await webhook.push([recordOf('ada@example.test')], bench.session(stored));
      const delivery = receiver.deliveries().at(-1);
      if (!delivery) throw new Error('nothing was delivered');
      return delivery;
    };
    return { bench, first: credentials.secret, deliver, stored: () => stored };
  }

  const takenBy = (secret: string, { headers, body }: { headers: Record<string, string>; body: string }) =>
    [StandardWebhook, SvixWebhook].map((Library) => {
      try {
        new Library(secret).verify(body, headers);
        return true;
      } catch {
        return false;
      }
    });

  test('is signed with beside the old one: both libraries take the delivery by either', async () => {
    const secret = secretOf(24);
    const afterMs = Date.now() - createWorkbench().now; // both libraries ask the real clock
    const { first, deliver } = await changed({ secret, afterMs });
    const delivery = await deliver();
    expect(delivery.headers['webhook-signature']).toMatch(/^v1,[\w+/=]+ v1,[\w+/=]+$/);
    expect([takenBy(secret, delivery), takenBy(first, delivery)]).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(takenBy(secretOf(24), delivery)).toEqual([false, false]);
    const [own] = delivery.headers['webhook-signature']?.split(' ') ?? [];
    const alone = { ...delivery, headers: { ...delivery.headers, 'webhook-signature': own ?? '' } };
    expect([takenBy(secret, alone), takenBy(first, alone)]).toEqual([
      [true, true],
      [false, false],
    ]); // the new one first
  });

  test('stands alone after 24 hours', async () => {
    const { bench, deliver } = await changed({ secret: secretOf(32), afterMs: 0 });
    const signatures = async () => (await deliver()).headers['webhook-signature']?.split(' ').length;
    bench.now += 24 * hour - 1;
    expect(await signatures()).toBe(2);
    bench.now += 1;
    expect(await signatures()).toBe(1);
  });

  test('twice within a day leaves each old one its own day', async () => {
    const { bench, first, deliver, stored } = await changed(
      { secret: secretOf(32), afterMs: 0 },
      { secret: secretOf(32), afterMs: 20 * hour },
    );
    expect((await deliver()).headers['webhook-signature']?.split(' ')).toHaveLength(3);
    bench.now += 4 * hour;
    expect((await deliver()).headers['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(
      webhook.succeed?.(stored(), { url: stored().url, secret: secretOf(32) }, bench.now).credentials.previous,
    ).not.toContainEqual(expect.objectContaining({ secret: first }));
  });

  test('and set again, or set back, is signed with once', async () => {
    const { first, stored } = await changed({ secret: secretOf(32), afterMs: 0 });
    const again = webhook.succeed?.(stored(), { url: stored().url, secret: stored().secret }, 0);
    expect(again?.credentials.previous?.map(({ secret }) => secret)).toEqual([first]);
    const back = webhook.succeed?.(stored(), { url: stored().url, secret: first }, 0);
    expect(back?.credentials.previous?.map(({ secret }) => secret)).toEqual([stored().secret]);
  });

  test('is told in nothing that the receiver repeats, nor is the old one', async () => {
    const { bench, receiver, credentials } = await given();
    const previous = [{ secret: secretOf(32), until: bench.now + hour }];
    receiver.script({ status: 400, body: `Tried ${credentials.secret} and ${previous[0]?.secret}` });
    const told = JSON.stringify([
      await webhook.push([recordOf('ada@example.test')], bench.session({ ...credentials, previous })),
      bench.exchanges,
    ]);
    expect(told).toContain('Tried');
    for (const secret of [credentials.secret, previous[0]?.secret ?? '']) expect(told).not.toContain(secret.slice(6));
  });
});
