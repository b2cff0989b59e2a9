import { keysChannel, listRevoked } from '../sync/api-keys.ts';
import type { Doorbell } from '../sync/live/doorbell.ts';
import type { Services } from '../sync/services.ts';
import type { Authentication } from './authentication.ts';
import type { Sessions } from './sessions.ts';

/** How often the keys of everything open are looked up again, because a notification can be missed. */
const recheckMs = 10_000;

export interface RevocationWatch {
  stop(): void;
}

/** Ends what a revoked key has open, in whichever process it was revoked. */
export async function watchRevocations(
  services: Services,
  doorbell: Doorbell,
  authentication: Authentication,
  sessions: Sessions,
): Promise<RevocationWatch> {
  const check = async (keyIds: readonly string[]) => {
    try {
      for (const keyId of await listRevoked(services, keyIds)) {
        authentication.forget(keyId);
        sessions.revoke(keyId);
      }
    } catch (err) {
      services.log.error({ event: 'keys.unchecked', err }, 'keys could not be checked; the next round tries again');
    }
  };
  const timer = setInterval(() => void check(sessions.keyIds), recheckMs).unref();
  await doorbell.on(keysChannel, (keyId) => {
    authentication.forget(keyId);
    void check([keyId]);
  });
  doorbell.onReconnect(() => {
    authentication.forgetAll();
    void check(sessions.keyIds);
  });
  return { stop: () => clearInterval(timer) };
}
