import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import { BlockedAddressError, createAddressGuard, type Resolve, scopeOf } from '../../src/sync/connectors/http/ssrf.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers each question with the next list; the last one stays. */
const resolver = (...answers: string[][]): { resolve: Resolve; asked: () => number } => {
  let asked = 0;
  return {
    asked: () => asked,
    resolve: (_hostname, _options, callback) => {
      const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  };
};

const lookupOf = (lookup: LookupFunction, hostname: string, all = true) =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all }, (error, address) => (error ? reject(error) : resolve(address)));
  });

describe('scopeOf', () => {
  test.for([
    ['8.8.8.8', 'PUBLIC'],
    ['1.1.1.1', 'PUBLIC'],
    ['2606:4700:4700::1111', 'PUBLIC'],
    ['::ffff:8.8.8.8', 'PUBLIC'],
    ['64:ff9b::8.8.8.8', 'PUBLIC'],
    ['2002:808:808::1', 'PUBLIC'],
    ['127.0.0.1', 'PRIVATE'],
    ['127.255.255.254', 'PRIVATE'],
    ['10.0.0.1', 'PRIVATE'],
    ['172.16.0.1', 'PRIVATE'],
    ['172.31.255.255', 'PRIVATE'],
    ['192.168.1.1', 'PRIVATE'],
    ['100.64.0.1', 'PRIVATE'],
    ['::1', 'PRIVATE'],
    ['fc00::1', 'PRIVATE'],
    ['fd12:3456::1', 'PRIVATE'],
    ['::ffff:127.0.0.1', 'PRIVATE'],
    ['::ffff:10.1.2.3', 'PRIVATE'],
    ['::ffff:0:127.0.0.1', 'PRIVATE'],
    ['64:ff9b::127.0.0.1', 'PRIVATE'],
    ['2002:7f00:1::', 'PRIVATE'],
    ['2002:a00:1::1', 'PRIVATE'],
    ['169.254.169.254', 'SPECIAL'],
    ['::ffff:169.254.169.254', 'SPECIAL'],
    ['64:ff9b::a9fe:a9fe', 'SPECIAL'],
    ['fe80::1', 'SPECIAL'],
    ['0.0.0.0', 'SPECIAL'],
    ['0.1.2.3', 'SPECIAL'],
    ['::', 'SPECIAL'],
    ['::7f00:1', 'SPECIAL'],
    ['224.0.0.1', 'SPECIAL'],
    ['ff02::1', 'SPECIAL'],
    ['255.255.255.255', 'SPECIAL'],
    ['240.0.0.1', 'SPECIAL'],
    ['192.0.2.1', 'SPECIAL'],
    ['198.51.100.7', 'SPECIAL'],
    ['203.0.113.9', 'SPECIAL'],
    ['198.18.0.1', 'SPECIAL'],
    ['2001:db8::1', 'SPECIAL'],
    ['2001::1', 'SPECIAL'],
    ['64:ff9b:1::8.8.8.8', 'SPECIAL'],
    ['fec0::1', 'SPECIAL'],
    ['4000::1', 'SPECIAL'],
    ['not an address', 'SPECIAL'],
  ])('%s is %s', ([address, scope]) => {
    expect(scopeOf(address as string)).toBe(scope);
  });
});

describe('refusalOf', () => {
  const strict = createAddressGuard({ allowPrivateNetworks: false });
  const lax = createAddressGuard({ allowPrivateNetworks: true });

  test.for([
    'https://example.com/hook?x=1',
    'https://example.com:443/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
  ])('%s is allowed', (url) => {
    expect(strict.refusalOf(new URL(url))).toBeNull();
  });

  test.for([
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://user:pass@example.com/',
    'https://user@example.com/',
    'https://example.com:8443/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.0.0.1./',
    'https://10.0.0.8/',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00::1]/',
  ])('%s is refused', (url) => {
    expect(strict.refusalOf(new URL(url))).toEqual(expect.any(String));
  });

  test.for(['http://127.0.0.1:3000/', 'http://localhost:8080/', 'https://10.1.2.3:9443/', 'http://[::1]:80/'])(
    '%s is allowed with private networks',
    (url) => {
      expect(lax.refusalOf(new URL(url))).toBeNull();
    },
  );

  test.for([
    'http://169.254.169.254/',
    'http://0.0.0.0/',
    'http://user:pass@127.0.0.1/',
    'ftp://127.0.0.1/',
    'http://[fe80::1]/',
  ])('%s is refused even with private networks', (url) => {
    expect(lax.refusalOf(new URL(url))).toEqual(expect.any(String));
  });
});

describe('lookup', () => {
  test('hands over every address of a public name', async () => {
    const { resolve } = resolver(['93.184.215.14', '2606:2800:21f:cb07::1']);
    const guard = createAddressGuard({ allowPrivateNetworks: false, resolve });
    expect(await lookupOf(guard.lookup, 'example.com')).toEqual([
      { address: '93.184.215.14', family: 4 },
      { address: '2606:2800:21f:cb07::1', family: 6 },
    ]);
  });

  test('hands over one address to a caller that asks for one', async () => {
    const guard = createAddressGuard({ allowPrivateNetworks: false, ...resolver(['93.184.215.14', '1.1.1.1']) });
    expect(await lookupOf(guard.lookup, 'example.com', false)).toBe('93.184.215.14');
  });

  test.for([[['127.0.0.1']], [['93.184.215.14', '10.0.0.1']], [['169.254.169.254']], [['::ffff:192.168.0.1']], [[]]])(
    'refuses a name that leads to %j',
    async ([addresses]) => {
      const guard = createAddressGuard({ allowPrivateNetworks: false, ...resolver(addresses as string[]) });
      await expect(lookupOf(guard.lookup, 'rebind.test')).rejects.toBeInstanceOf(BlockedAddressError);
    },
  );

  test('passes on the error of a name that does not resolve', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const guard = createAddressGuard({
      allowPrivateNetworks: false,
      resolve: (_name, _options, done) => done(error, []),
    });
    await expect(lookupOf(guard.lookup, 'nowhere.test')).rejects.toBe(error);
  });
});

describe('DNS rebinding', () => {
  /** A server on loopback that must not be reached by a name that was public a moment ago. */
  const startInternal = async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    return { port: (server.address() as AddressInfo).port, requests: () => requests };
  };

  test('a name that turns private on its second look-up is not connected to', async () => {
    const internal = await startInternal();
    // Metadata stands for the private side, since loopback has to be allowed for the http scheme of this test.
    const { resolve, asked } = resolver(['127.0.0.1'], ['169.254.169.254']);
    const client = createHttpClient({ allowPrivateNetworks: true, resolve });
    closers.push(() => client.close());
    const url = `http://rebind.test:${internal.port}/`;

    const reachable = await client.checkReachable(url, { timeoutMs: 5_000 });
    const second = await client.request({ method: 'POST', url, timeoutMs: 5_000, body: '{}' });

    expect(reachable).toEqual({ kind: 'reachable' });
    expect(second).toMatchObject({ kind: 'failed', reason: 'BLOCKED' });
    expect(asked()).toBe(2);
    expect(internal.requests()).toBe(0);
  });

  test('the connection goes to the address that was checked, not to a new look-up', async () => {
    const internal = await startInternal();
    const { resolve, asked } = resolver(['127.0.0.1'], ['169.254.169.254']);
    const client = createHttpClient({ allowPrivateNetworks: true, resolve });
    closers.push(() => client.close());
    const first = await client.request({
      method: 'GET',
      url: `http://rebind.test:${internal.port}/`,
      timeoutMs: 5_000,
    });
    expect(first).toMatchObject({ kind: 'response', status: 200 });
    expect(asked()).toBe(1);
  });

  test('without private networks a name on loopback is refused before a byte is sent', async () => {
    const { resolve, asked } = resolver(['127.0.0.1']);
    const client = createHttpClient({ allowPrivateNetworks: false, resolve });
    closers.push(() => client.close());
    const result = await client.request({
      method: 'GET',
      url: 'https://internal.test/secret-path?token=t',
      timeoutMs: 5_000,
    });
    expect(result).toMatchObject({ kind: 'failed', reason: 'BLOCKED' });
    expect(JSON.stringify(result)).not.toMatch(/127\.0\.0\.1|secret-path|token/);
    expect(asked()).toBe(1);
  });
});
