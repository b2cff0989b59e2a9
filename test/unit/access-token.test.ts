import { describe, expect, test } from 'vitest';
import type { RefreshAnswer, Session } from '../../src/sync/connectors/connector.ts';
import { accessToken, type TokenCredentials } from '../../src/sync/connectors/rest/access-token.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const minute = 60_000;

interface Stored extends TokenCredentials {
  refreshToken: string;
}

/** Two processes of one integration share what is stored, and renew one after the other. */
function given(stored: Stored) {
  const database = { stored, turn: Promise.resolve() as Promise<unknown> };
  const asked: string[] = [];
  let issued = 0;
  const process = (): Session<Stored> => ({
    credentials: database.stored,
    http: null as never,
    hosts: { authUrl: null, apiUrl: null },
    memory: new Map(),
    learned: () => {},
    now: () => now,
    renew: (stale, refresh) => {
      const turn = database.turn.then(async (): Promise<RefreshAnswer<Stored>> => {
        if (!stale(database.stored)) return { kind: 'renewed', credentials: database.stored };
        const answer = await refresh(database.stored);
        if (answer.kind === 'renewed') database.stored = answer.credentials;
        return answer;
      });
      database.turn = turn;
      return turn;
    },
  });
  /** A vendor that rotates: each refresh token is good once. */
  const refresh = async (credentials: Stored): Promise<RefreshAnswer<Stored>> => {
    asked.push(credentials.refreshToken);
    issued += 1;
    return {
      kind: 'renewed',
      credentials: {
        accessToken: `access-${issued}`,
        accessTokenExpiresAt: now + 30 * minute,
        refreshToken: `refresh-${issued}`,
      },
    };
  };
  return { database, asked, process, refresh };
}

const good: Stored = { accessToken: 'access-0', accessTokenExpiresAt: now + 30 * minute, refreshToken: 'refresh-0' };

describe('an access token', () => {
  test('that is good is used as it is', async () => {
    const { asked, process, refresh } = given(good);
    expect(await accessToken(process(), null, refresh)).toMatchObject({ kind: 'token', accessToken: 'access-0' });
    expect(asked).toEqual([]);
  });

  test.for([
    ['that expires within a minute', { ...good, accessTokenExpiresAt: now + minute - 1 }, null],
    ['that was never fetched', { ...good, accessToken: null }, null],
    ['that the vendor refused', good, 'access-0'],
  ] as const)('%s is replaced, once for all calls of a process at a time', async ([, stored, refused]) => {
    const { asked, process, refresh, database } = given(stored);
    const session = process();
    const answers = await Promise.all([1, 2, 3].map(() => accessToken(session, refused, refresh)));
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'token', accessToken: 'access-1' });
    expect(asked).toEqual(['refresh-0']);
    expect(database.stored.refreshToken).toBe('refresh-1'); // stored before anybody used it
  });

  test('is renewed by one process at a time: the others take what it stored, and no refresh token is used twice', async () => {
    const { asked, process, refresh } = given({ ...good, accessToken: null });
    const answers = await Promise.all(
      [process(), process(), process()].map((session) => accessToken(session, null, refresh)),
    );
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'token', accessToken: 'access-1' });
    expect(asked).toEqual(['refresh-0']);
  });

  test('that was refused in one process is not asked for again by another that still holds it', async () => {
    const { asked, process, refresh } = given(good);
    const [one, other] = [process(), process()];
    await accessToken(one, 'access-0', refresh);
    expect(await accessToken(other, 'access-0', refresh)).toMatchObject({ kind: 'token', accessToken: 'access-1' });
    expect(asked).toEqual(['refresh-0']);
  });

  test('that the vendor hands out although it has just refused it ends in a refusal, not in a loop', async () => {
    const { process } = given(good);
    const same = async (credentials: Stored) => ({ kind: 'renewed', credentials }) as const;
    expect(await accessToken(process(), 'access-0', same)).toMatchObject({
      kind: 'refused',
      error: { category: 'AUTHENTICATION' },
    });
  });

  test('that can not be had says why, and changes nothing', async () => {
    const { process, database } = given({ ...good, accessToken: null });
    const error = {
      category: 'VENDOR_UNAVAILABLE',
      message: 'down',
      vendorCode: null,
      vendorMessage: null,
      remoteField: null,
    } as const;
    const down = async () => ({ kind: 'unavailable', error, whole: true, retryAfterMs: null }) as const;
    expect(await accessToken(process(), null, down)).toMatchObject({ kind: 'unavailable', error });
    expect(database.stored).toMatchObject({ accessToken: null, refreshToken: 'refresh-0' });
  });
});
