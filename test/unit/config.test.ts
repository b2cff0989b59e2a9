import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, urlOfListener } from '../../src/config.ts';

const key = (letter: string) => Buffer.alloc(32, letter).toString('base64');

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-config-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const load = (environment: Record<string, string> = {}) => loadConfig({ DATA_DIR: dataDir, ...environment });
const problemOf = (environment: Record<string, string>): string => {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('without any variable', () => {
  test('everything has its documented default', () => {
    expect(load()).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      publicUrl: null,
      databaseUrl: null,
      listenDatabaseUrl: null,
      dataDir,
      graphiql: true,
      bootstrapApiKey: null,
      role: 'all',
      allowPrivateNetworks: false,
      logLevel: 'info',
      logRetentionDays: 90,
      attemptRetentionDays: 30,
      shutdownSeconds: 20,
      vendorUrls: {},
      smtp: null,
    });
  });

  test('a variable that is set to nothing counts as absent', () => {
    expect(load({ PORT: '', DATABASE_URL: ' ', LOG_LEVEL: '' })).toMatchObject({
      port: 4000,
      databaseUrl: null,
      logLevel: 'info',
    });
  });

  test('the result can not be changed', () => {
    const config = load({ ALLOW_PRIVATE_NETWORKS: 'true', HUBSPOT_API_URL: 'http://127.0.0.1:9' });
    const parts = [config, config.secretKeys, config.secretKeys[0], config.vendorUrls, config.vendorUrls.HUBSPOT];
    expect(parts.map(Object.isFrozen)).toEqual([true, true, true, true, true]);
  });
});

describe('the encryption key', () => {
  test('is generated once into DATA_DIR, readable by its owner alone', () => {
    const first = load();
    const path = join(dataDir, 'secret-keys');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(first.secretKeys).toHaveLength(1);
    expect(first.secretKeys[0]?.key).toHaveLength(32);
    const stored = readFileSync(path, 'utf8');
    expect(load().secretKeys).toEqual(first.secretKeys);
    expect(readFileSync(path, 'utf8')).toBe(stored);
  });

  test('is never generated anew over a file that was damaged', () => {
    writeFileSync(join(dataDir, 'secret-keys'), 'half a ke');
    expect(problemOf({})).toMatch(/^SECRET_KEYS: not set, and .*secret-keys does not hold/);
    expect(readFileSync(join(dataDir, 'secret-keys'), 'utf8')).toBe('half a ke');
  });

  test('is one of several, of which the first comes first', () => {
    const { secretKeys } = load({ SECRET_KEYS: `new:${key('b')}, old:${key('a')}` });
    expect(secretKeys).toEqual([
      { id: 'new', key: Buffer.alloc(32, 'b') },
      { id: 'old', key: Buffer.alloc(32, 'a') },
    ]);
  });

  test('is required with DATABASE_URL', () => {
    expect(problemOf({ DATABASE_URL: 'postgres://u:p@db/sluice' })).toMatch(
      /^SECRET_KEYS: required with DATABASE_URL; expected id:base64/,
    );
  });

  test.for([
    ['no id', key('a')],
    ['31 bytes', `a:${Buffer.alloc(31, 'x').toString('base64')}`],
    ['33 bytes', `a:${Buffer.alloc(33, 'x').toString('base64')}`],
    ['an id twice', `a:${key('a')},a:${key('b')}`],
    ['a comma too many', `a:${key('a')},`],
  ] as const)('%s is refused without saying what it was', ([, value]) => {
    const problem = problemOf({ SECRET_KEYS: value });
    expect(problem).toMatch(/^SECRET_KEYS: expected id:base64/);
    expect(problem).not.toContain(value);
  });
});

describe('a value that can not be used', () => {
  test.for([
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '80.5', 'a whole number from 0 to 65535'],
    ['PORT', '0x10', 'a whole number from 0 to 65535'],
    ['HOST', 'http://here', 'a host name or an address'],
    [
      'PUBLIC_URL',
      'sluice.example.com',
      'an address that begins with http:// or https://, without user, query and fragment',
    ],
    [
      'PUBLIC_URL',
      'https://me:secret@sluice.example.com',
      'an address that begins with http:// or https://, without user, query and fragment',
    ],
    ['GRAPHIQL', 'yes', 'true or false'],
    ['ROLE', 'leader', 'one of all, api, worker'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['LOG_RETENTION_DAYS', '0', 'a whole number from 1 to 3650'],
    ['ATTEMPT_RETENTION_DAYS', '-1', 'a whole number from 0 to 3650'],
    ['SHUTDOWN_SECONDS', '-1', 'a whole number from 1 to 600'],
    [
      'DATABASE_URL',
      'mysql://u:secret@db/sluice',
      'an address of the form postgres://user:password@host:port/database',
    ],
    ['DATABASE_URL', 'postgres://u:secret@db', 'an address of the form postgres://user:password@host:port/database'],
    ['BOOTSTRAP_API_KEY', '15-characters-k', '16 to 200 characters without spaces'],
    ['BOOTSTRAP_API_KEY', 'secret with spaces in it', '16 to 200 characters without spaces'],
  ] as const)('%s=%s', ([name, value, expected]) => {
    expect(problemOf({ [name]: value, SECRET_KEYS: `a:${key('a')}` })).toBe(`${name}: expected ${expected}`);
  });

  test('does not hide the next one', () => {
    expect(problemOf({ PORT: 'x', ROLE: 'y' }).split('\n')).toEqual([
      'PORT: expected a whole number from 0 to 65535',
      'ROLE: expected one of all, api, worker',
    ]);
  });

  test('a LISTEN_DATABASE_URL alone is a mistake', () => {
    expect(problemOf({ LISTEN_DATABASE_URL: 'postgres://u:p@db/sluice' })).toBe(
      'LISTEN_DATABASE_URL: has no meaning without DATABASE_URL',
    );
  });
});

describe('the mail server', () => {
  const from = 'Sluice <sluice@example.com>';
  test.for([
    ['smtp://mail.example.com', 'sluice@example.com'],
    ['smtps://user:p%40ss@mail.example.com:465', from],
    ['smtp://127.0.0.1:2525/', from],
  ] as const)('is taken with who sends: %s', ([url, sender]) => {
    expect(load({ SMTP_URL: url, NOTIFICATION_FROM: sender }).smtp).toEqual({ url, from: sender });
  });

  test.for([
    'mail.example.com:25',
    'http://mail.example.com',
    'smtp://user@mail.example.com',
    'smtp://user:100%@mail.example.com',
    'smtp://mail.example.com/path',
    'smtp://mail.example.com?tls=false',
  ])('is refused, without repeating it: %s', (url) => {
    expect(problemOf({ SMTP_URL: url, NOTIFICATION_FROM: from })).toBe(
      'SMTP_URL: expected an address of the form smtp://user:password@host:port, or smtps://',
    );
  });

  test.for(['Sluice', 'Sluice <>', 'a@example.com, b@example.com', '"Sluice" <a@example.com>'])(
    'does not send for %s',
    (sender) => {
      expect(problemOf({ SMTP_URL: 'smtp://mail.example.com', NOTIFICATION_FROM: sender })).toMatch(
        /^NOTIFICATION_FROM: expected an e-mail address/,
      );
    },
  );

  test('and who sends belong together', () => {
    expect(problemOf({ SMTP_URL: 'smtp://mail.example.com' })).toBe('NOTIFICATION_FROM: required with SMTP_URL');
    expect(problemOf({ NOTIFICATION_FROM: from })).toBe('NOTIFICATION_FROM: has no meaning without SMTP_URL');
  });
});

describe('another host for a vendor', () => {
  test('is taken with ALLOW_PRIVATE_NETWORKS', () => {
    const { vendorUrls } = load({
      ALLOW_PRIVATE_NETWORKS: '1',
      SALESFORCE_AUTH_URL: 'http://127.0.0.1:7001/',
      SALESFORCE_API_URL: 'http://127.0.0.1:7002/base/',
    });
    expect(vendorUrls).toEqual({
      SALESFORCE: { authUrl: 'http://127.0.0.1:7001', apiUrl: 'http://127.0.0.1:7002/base' },
    });
  });

  test('and a version of its API are apart', () => {
    expect(load({ HUBSPOT_API_VERSION: '2026-03' }).vendorUrls).toEqual({
      HUBSPOT: { authUrl: null, apiUrl: null, apiVersion: '2026-03' },
    });
    expect(problemOf({ HUBSPOT_API_VERSION: 'v4/..' })).toBe(
      'HUBSPOT_API_VERSION: expected v3 or a dated version such as 2026-03',
    );
  });

  test('is refused without', () => {
    expect(problemOf({ PARDOT_AUTH_URL: 'http://127.0.0.1:7001' })).toBe(
      'PARDOT_AUTH_URL: only allowed with ALLOW_PRIVATE_NETWORKS=true',
    );
  });
});

test.for([
  ['127.0.0.1', 'http://127.0.0.1:4000'],
  ['0.0.0.0', 'http://localhost:4000'],
  ['::', 'http://localhost:4000'],
  ['::1', 'http://[::1]:4000'],
] as const)('a listener on %s is reached at %s', ([host, url]) => {
  expect(urlOfListener(host, 4000)).toBe(url);
});
