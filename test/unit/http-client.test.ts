import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createHttpClient, type HttpClientOptions } from '../../src/sync/connectors/http/client.ts';
import type { HttpFinished } from '../../src/sync/connectors/http/message.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener) {
  const sockets = new Set<Socket>();
  const server = createServer(listener);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => sockets.size };
}

function given(options: Partial<HttpClientOptions> = {}) {
  const client = createHttpClient({ allowPrivateNetworks: true, ...options });
  closers.push(() => client.close());
  return client;
}

const get = (url: string) => ({ method: 'GET' as const, url, timeoutMs: 10_000 });

test('hands over status, headers and text, and sends the body byte for byte', async () => {
  const { url } = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.writeHead(422).end(Buffer.concat(chunks));
  });
  const result = await given().request({ method: 'POST', url: `${url}/x?y=1`, timeoutMs: 10_000, body: 'größe €' });
  expect(result).toMatchObject({
    kind: 'response',
    status: 422,
    text: 'größe €',
    headers: { 'set-cookie': 'a=1, b=2' },
  });
});

test('a redirect is an answer like any other', async () => {
  const paths: string[] = [];
  const { url } = await serve((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect(await given().request(get(`${url}/a`))).toMatchObject({ kind: 'response', status: 302 });
  expect(paths).toEqual(['/a']);
});

test('connections are kept and used again', async () => {
  const { url, connections } = await serve((_request, response) => void response.end('ok'));
  const client = given();
  for (let n = 0; n < 20; n++) await client.request(get(url));
  expect(connections()).toBeLessThanOrEqual(2); // a connection rests for one turn of the event loop, so two take turns
});

test.for(['announced', 'chunked'])(
  'an answer over the limit (%s) is TOO_LARGE and ends the connection',
  async (kind) => {
    const { url } = await serve((_request, response) => {
      response.on('error', () => {});
      if (kind === 'announced') response.setHeader('content-length', 5_000_000);
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1_024, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk)) {}
        response.once('drain', more);
      };
      more();
    });
    const result = await given().request({ ...get(url), answerBytesMax: 64_000 });
    expect(result).toMatchObject({ kind: 'failed', reason: 'TOO_LARGE', head: { status: 200 } });
  },
);

test('an answer of exactly the limit is read', async () => {
  const { url } = await serve((_request, response) => void response.end(Buffer.alloc(1_000, 'x')));
  expect(await given().request({ ...get(url), answerBytesMax: 1_000 })).toMatchObject({ kind: 'response' });
  expect(await given().request({ ...get(url), answerBytesMax: 999 })).toMatchObject({ reason: 'TOO_LARGE' });
});

test('a reset in the middle of an answer is RESET, with the head that had arrived', async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.socket?.resetAndDestroy());
  });
  const result = await given().request(get(url));
  expect(result).toMatchObject({ kind: 'failed', reason: 'RESET' });
});

test('something that is not HTTP is RESET', async () => {
  const { url } = await serve((_request, response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n'));
  expect(await given().request(get(url))).toMatchObject({ kind: 'failed', reason: 'RESET' });
});

test('a closed port is UNREACHABLE', async () => {
  const { url } = await serve(() => {});
  await closers.pop()?.();
  expect(await given().request(get(url))).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  expect(await given().checkReachable(url, { timeoutMs: 10_000 })).toMatchObject({ reason: 'UNREACHABLE' });
});

test('TLS against a port that does not speak it is UNREACHABLE', async () => {
  const { url } = await serve((_request, response) => void response.end());
  const tls = url.replace('http:', 'https:');
  expect(await given().request(get(tls))).toMatchObject({ kind: 'failed', reason: 'UNREACHABLE' });
  expect(await given().checkReachable(tls, { timeoutMs: 10_000 })).toMatchObject({ reason: 'UNREACHABLE' });
});

test('a name that does not resolve is UNREACHABLE, and its error tells the code but no path', async () => {
  const client = given({
    resolve: (_name, _options, done) => done(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), []),
  });
  const result = await client.request(get('https://nowhere.test/path?key=secret'));
  expect(result).toEqual({
    kind: 'failed',
    reason: 'UNREACHABLE',
    message: "nowhere.test can't be reached (ENOTFOUND).",
    head: null,
  });
});

test('the timer ends a request that is not answered', async () => {
  const timers: { ms: number; fire: () => void }[] = [];
  const { url } = await serve(() => timers.at(-1)?.fire());
  const client = given({
    schedule: (ms, fire) => {
      timers.push({ ms, fire });
      return () => {};
    },
  });
  expect(await client.request({ ...get(url), timeoutMs: 1_234 })).toMatchObject({ kind: 'failed', reason: 'TIMEOUT' });
  expect(timers.map(({ ms }) => ms)).toEqual([1_234]);
});

test('the signal ends a request under way, and one that has not begun is not sent', async () => {
  const controller = new AbortController();
  let requests = 0;
  const { url } = await serve(() => {
    requests++;
    controller.abort();
  });
  const client = given();
  expect(await client.request({ ...get(url), signal: controller.signal })).toMatchObject({ reason: 'ABORTED' });
  expect(await client.request({ ...get(url), signal: controller.signal })).toMatchObject({ reason: 'ABORTED' });
  expect(requests).toBe(1);
});

test('a request given up while it waits for a connection is never sent', async () => {
  const controller = new AbortController();
  let requests = 0;
  const { url } = await serve((_request, response) => {
    requests++;
    response.end();
  });
  const answers: (() => void)[] = [];
  const client = given({
    resolve: (_name, _options, done) => {
      answers.push(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
      if (answers.length === 1) controller.abort();
      else for (const answer of answers) answer();
    },
  });
  const named = url.replace('127.0.0.1', 'slow.test');
  expect(await client.request({ ...get(named), signal: controller.signal })).toMatchObject({ reason: 'ABORTED' });
  expect(await client.request(get(named))).toMatchObject({ status: 200 });
  expect(await client.request(get(named))).toMatchObject({ status: 200 });
  expect(requests).toBe(2);
});

test('checkReachable connects and sends nothing', async () => {
  let requests = 0;
  const { url, connections } = await serve(() => requests++);
  expect(await given().checkReachable(url, { timeoutMs: 10_000 })).toEqual({ kind: 'reachable' });
  expect(connections()).toBe(1);
  expect(requests).toBe(0);
});

test('a refused URL is BLOCKED without a connection', async () => {
  const client = given({ allowPrivateNetworks: false });
  expect(await client.request(get('http://127.0.0.1:1/'))).toMatchObject({ reason: 'BLOCKED' });
  expect(await client.request(get('nonsense'))).toMatchObject({ reason: 'BLOCKED', message: 'This is not a URL.' });
  expect(await client.checkReachable('https://10.0.0.1/', { timeoutMs: 1_000 })).toMatchObject({ reason: 'BLOCKED' });
});

test('every request is reported once, without its path', async () => {
  const finished: HttpFinished[] = [];
  const { url } = await serve((_request, response) => void response.end('ok'));
  const client = given({ onFinished: (entry) => finished.push(entry) });
  await client.request({ method: 'POST', url: `${url}/secret?key=1`, body: 'äb', timeoutMs: 10_000 });
  await client.request(get('http://127.0.0.1:1/'));
  expect(finished).toEqual([
    { method: 'POST', origin: url, result: 200, durationMs: expect.any(Number), sentBytes: 3 },
    {
      method: 'GET',
      origin: 'http://127.0.0.1:1',
      result: 'UNREACHABLE',
      durationMs: expect.any(Number),
      sentBytes: 0,
    },
  ]);
});
