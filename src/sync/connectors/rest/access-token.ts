import type { PushSession, RefreshAnswer, Session } from '../connector.ts';

/** Credentials that carry an access token with them, so that every process and every drain uses the same one. */
export interface TokenCredentials {
  /** Null: none yet. */
  accessToken: string | null;
  /** Wall clock in ms; null: the vendor does not say, so it is used until it is refused. */
  accessTokenExpiresAt: number | null;
}

/** Asks the vendor for a new access token, within so many ms. */
export type Refresh<Credentials> = (
  session: PushSession<Credentials>,
  timeoutMs: number,
) => Promise<RefreshAnswer<Credentials>>;

export type AccessAnswer<Credentials> =
  | { kind: 'token'; accessToken: string; credentials: Credentials }
  | Exclude<RefreshAnswer<Credentials>, { kind: 'renewed' }>;

/** A token is replaced when it has less than this left. */
const leastLeftMs = 60_000;
const heldKey = 'oauth.credentials';
const flightKey = 'oauth.flight';

/**
 * A token that is good as far as can be told and is not `refused` (one that the vendor has just refused; null: none). Where there is none,
 * `refresh` asks the vendor for one: once for all calls of this process that need it, and one process at a time.
 */
export async function accessToken<Credentials extends TokenCredentials>(
  session: Session<Credentials>,
  refused: string | null,
  refresh: (stored: Credentials) => Promise<RefreshAnswer<Credentials>>,
): Promise<AccessAnswer<Credentials>> {
  const isGood = ({ accessToken: token, accessTokenExpiresAt: expiresAt }: TokenCredentials) =>
    token !== null && token !== refused && (expiresAt === null || session.now() < expiresAt - leastLeftMs);
  for (;;) {
    const held = heldCredentials(session);
    if (held.accessToken !== null && isGood(held)) {
      return { kind: 'token', accessToken: held.accessToken, credentials: held };
    }
    const underWay = session.memory.get(flightKey) as Promise<RefreshAnswer<Credentials>> | undefined;
    const ours = underWay === undefined;
    const answer = await (underWay ?? startFlight(session, (stored) => !isGood(stored), refresh));
    if (answer.kind === 'renewed') {
      if (!ours) continue;
      const { accessToken: token } = answer.credentials;
      // A vendor may hand out a token that has little left; it is used all the same, rather than asking for ever.
      return token !== null && token !== refused
        ? { kind: 'token', accessToken: token, credentials: answer.credentials }
        : { kind: 'refused', error: noNewToken };
    }
    if (answer.kind === 'unsent' && !ours) continue; // the other ran out of time; we may have some
    return answer;
  }
}

/** The credentials as this process knows them by now: those of the session, or what they were renewed to. */
function heldCredentials<Credentials>(session: Session<Credentials>): Credentials {
  return (session.memory.get(heldKey) as Credentials | undefined) ?? session.credentials;
}

function startFlight<Credentials extends TokenCredentials>(
  session: Session<Credentials>,
  stale: (stored: Credentials) => boolean,
  refresh: (stored: Credentials) => Promise<RefreshAnswer<Credentials>>,
): Promise<RefreshAnswer<Credentials>> {
  const flight = session
    .renew(stale, refresh)
    .then((answer) => {
      if (answer.kind === 'renewed') session.memory.set(heldKey, answer.credentials);
      return answer;
    })
    .finally(() => session.memory.delete(flightKey));
  session.memory.set(flightKey, flight);
  return flight;
}

const noNewToken = {
  category: 'AUTHENTICATION',
  message: 'The vendor gave the access token again that it had just refused.',
  vendorCode: null,
  vendorMessage: null,
  remoteField: null,
} as const;
