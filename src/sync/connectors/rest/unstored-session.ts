import { type ConnectAnswer, type ConnectTools, type PushSession, type Stopped, syncError } from '../connector.ts';
import { messageOfStop, unhurried } from './call.ts';

/**
 * To try credentials with before they are stored. They are not renewed, being minutes old: where the vendor refuses the access token, `words`, and the
 * vendor's `code` for it where there is one, are the error.
 */
export function unstoredSession<Credentials>(
  tools: ConnectTools,
  credentials: Credentials,
  words: string,
  code: string | null = null,
): PushSession<Credentials> {
  return unhurried({
    ...tools,
    credentials,
    memory: new Map(),
    learned: () => {},
    renew: async () => ({ kind: 'refused', error: syncError('AUTHENTICATION', words, { code }) }),
  });
}

/** What is told of a call that was to try credentials: what the vendor said of them, or that it can't be asked. `words`: it refused the access token. */
export function refusedConnection(stop: Stopped, words: string): Exclude<ConnectAnswer<never>, { kind: 'connected' }> {
  if (stop.kind === 'unauthorized') return { kind: 'refused', path: '', message: words };
  const isSaid = stop.kind === 'refused' || (stop.kind === 'hold' && stop.error.vendorCode !== null);
  if (isSaid) return { kind: 'refused', path: '', message: stop.error.message };
  return { kind: 'unavailable', message: messageOfStop(stop) };
}
