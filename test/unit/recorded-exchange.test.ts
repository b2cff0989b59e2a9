import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../src/sync/connectors/connector.ts';
import { secretsOf } from '../../src/sync/connectors/secrets.ts';
import { recordedExchanges } from '../../src/sync/engine/recorded-exchange.ts';

const exchange = (more: Partial<Exchange>): Exchange => ({
  request: 'POST /leads',
  payload: null,
  status: 200,
  answer: null,
  ...more,
});

const keptOf = (more: Partial<Exchange>, secrets: string[] = []) => recordedExchanges([exchange(more)], secrets)[0];

describe('what is kept of an exchange', () => {
  test('is what it was, byte for byte, where nothing is wrong with it', () => {
    const payload = { email: 'ada@example.test', tags: ['a', null, 1.5], note: 'schön \\u0000 🙂' };
    expect(keptOf({ payload, answer: 'ok' })).toEqual(exchange({ payload, answer: 'ok' }));
  });

  test.for([
    ['in a text', 'token abc-secret-1 refused', 'token *** refused'],
    ['in a value, deep inside', { a: [{ b: 'abc-secret-1' }] }, { a: [{ b: '***' }] }],
    ['in the name of a field', { 'x-abc-secret-1': 1 }, { 'x-***': 1 }],
    ['as a URL carries it', 'q=line%0A%22secret', 'q=***'],
    ['as JSON carries it', 'line\\n\\"secret', '***'],
  ] as const)('has no secret %s', ([, given, clean]) => {
    const secrets = ['abc-secret-1', 'line\n"secret'];
    expect(keptOf({ payload: given, answer: given, request: 'GET /?key=abc-secret-1' }, secrets)).toEqual({
      request: 'GET /?key=***',
      payload: clean,
      status: 200,
      answer: clean,
    });
  });

  test('has nothing left of a secret that contains another one', () => {
    expect(keptOf({ answer: 'whole: secret-1234-longer' }, ['secret-1234', 'secret-1234-longer'])?.answer).toBe(
      'whole: ***',
    );
  });

  test('holds only what the database can store', () => {
    expect(keptOf({ answer: { a: 'nul \0', '\ud800': 'half \udc00' } })?.answer).toEqual({
      a: 'nul \ufffd',
      '\ufffd': 'half \ufffd',
    });
  });

  test('is cut where it is long, and says so; never in the middle of a character', () => {
    const answer = String(keptOf({ answer: { text: `${'x'.repeat(15_990)}🙂🙂🙂🙂🙂` } })?.answer);
    expect(answer.startsWith('{"text":"xxx')).toBe(true);
    expect(answer).toMatch(/\.\.\. \(cut: 16011 characters\)$/);
    expect(answer.isWellFormed()).toBe(true);
    expect(
      recordedExchanges(
        Array.from({ length: 50 }, () => exchange({})),
        [],
      ),
    ).toHaveLength(20);
  });
});

describe('the secrets of a session', () => {
  const secretsIn = (credentials: unknown, memory: [string, unknown][] = []) =>
    [...secretsOf({ credentials, memory: new Map(memory) })].sort();

  test('are whatever in its credentials is not an address, a name or an id, and the tokens it holds by now', () => {
    const credentials = {
      baseUrl: 'https://123-ABC-456.mktorest.com',
      clientId: 'client-id-of-it',
      clientSecret: 'client-secret-of-it',
      partition: 'Europe and Africa',
      accessTokenExpiresAt: 5,
      refresh: { refreshToken: 'refresh-token-of-it' },
    };
    const memory: [string, unknown][] = [
      ['marketo.token', { value: 'access-token-of-it', renewAt: 1 }],
      ['oauth.credentials', { accessToken: 'renewed-token-of-it' }],
      ['fields', { value: 'A label, not a secret' }],
    ];
    expect(secretsIn(credentials, memory)).toEqual([
      'access-token-of-it',
      'client-secret-of-it',
      'refresh-token-of-it',
      'renewed-token-of-it',
    ]);
  });

  test('include what an address carries in its query or as a password', () => {
    expect(
      secretsIn({ url: 'https://me:pass-word-1@hooks.example/in?key=0123456789&v=2', secret: 'whsec_c2VjcmV0' }),
    ).toEqual([
      '0123456789',
      'https://me:pass-word-1@hooks.example/in?key=0123456789&v=2',
      'key=0123456789&v=2',
      'pass-word-1',
      'whsec_c2VjcmV0',
    ]);
  });

  test('are none that are so short that they would take words out of what people read', () => {
    expect(secretsIn({ pin: 'blue' })).toEqual([]);
  });
});
