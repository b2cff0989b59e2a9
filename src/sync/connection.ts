import { and, eq } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { gates, integrations } from '../db/tables/index.ts';
import { loseAuthorization } from './close-connection.ts';
import { type Connector, type RefreshAnswer, type Session, syncError } from './connectors/connector.ts';
import { connectorOf } from './connectors/registry.ts';
import { hostsOf, type Services } from './services.ts';

type Integration = typeof integrations.$inferSelect;

/** An integration with its credentials opened: what the engine needs to speak with the vendor. */
export interface Connection {
  integration: Integration;
  connector: Connector;
  session: Session<unknown>;
}

/**
 * Null when the integration is gone, disconnected, or of a vendor without a connector; and when its credentials can't be decrypted any more.
 * `closes`: that is then told on the integration, and everything is held until somebody connects again. Only for whoever pushes: a command with
 * other keys must not stop a server that has the right ones.
 */
export async function openConnection(
  services: Services,
  db: Db | Tx,
  orgId: string,
  integrationId: string,
  { closes = false }: { closes?: boolean } = {},
): Promise<Connection | null> {
  // The epoch together with the credentials it counts: whoever connects meanwhile is not closed for the old ones.
  const [found] = await db
    .select({ integration: integrations, connectionEpoch: gates.connectionEpoch })
    .from(integrations)
    .innerJoin(gates, and(eq(gates.orgId, integrations.orgId), eq(gates.integrationId, integrations.id)))
    .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
  const connector = found && connectorOf(found.integration.vendor);
  if (!connector) return null;
  const { integration, connectionEpoch } = found;
  const credentials = openCredentials(services, connector, integration);
  if (credentials === null) return null;
  if (credentials === unreadable) {
    if (closes) await loseAuthorization(services, { orgId, integrationId }, connectionEpoch, unreadableError);
    return null;
  }
  const session: Session<unknown> = {
    credentials,
    http: services.http,
    hosts: hostsOf(services, integration.vendor),
    memory: new Map(),
    learned: () => {}, // the engine listens; whoever only asks the vendor something does not
    now: () => services.now().getTime(),
    renew: (stale, refresh) => renewCredentials(services, connector, integration, stale, refresh),
  };
  return { integration, connector, session };
}

/** What an integration's credentials are bound to. */
export const credentialsContext = (orgId: string, integrationId: string): string => `${orgId}/${integrationId}`;

/** What is stored for credentials. They are bound to their integration: copied to another row they can't be opened. */
export function sealCredentials(
  { vault }: Pick<Services, 'vault'>,
  { orgId, id }: Pick<Integration, 'orgId' | 'id'>,
  credentials: unknown,
): { credentials: Buffer; credentialsKeyId: string } {
  const sealed = vault.seal(JSON.stringify(credentials), credentialsContext(orgId, id));
  return { credentials: sealed.bytes, credentialsKeyId: sealed.keyId };
}

/** What is stored; null: nothing, or nothing that can be opened. */
export function storedCredentials(services: Services, connector: Connector, integration: Integration): unknown {
  const stored = openCredentials(services, connector, integration);
  return stored === unreadable ? null : stored;
}

const unreadable = Symbol('credentials that can not be decrypted');
const unreadableError = syncError(
  'AUTHENTICATION',
  'The stored credentials can not be decrypted: SECRET_KEYS does not have the key any more that encrypted them. Connect again.',
);

/** Null: disconnected. */
function openCredentials({ vault, log }: Services, connector: Connector, integration: Integration): unknown {
  const { orgId, id, credentials: bytes, credentialsKeyId: keyId } = integration;
  if (!bytes || !keyId) return null;
  try {
    return connector.credentials.parse(JSON.parse(vault.open({ keyId, bytes }, credentialsContext(orgId, id))));
  } catch {
    // What was thrown may quote what was decrypted.
    log.warn({ event: 'credentials.unreadable', integration: id, keyId }, 'credentials can not be decrypted');
    return unreadable;
  }
}

/**
 * Asks the vendor under the lock of the integration's row, so that of several processes one does and the others find what it stored. If the
 * process dies after the vendor's answer and before the commit, a rotating token is lost and somebody has to connect again.
 */
async function renewCredentials(
  services: Services,
  connector: Connector,
  { orgId, id }: Integration,
  stale: (stored: unknown) => boolean,
  refresh: (stored: unknown) => Promise<RefreshAnswer<unknown>>,
): Promise<RefreshAnswer<unknown>> {
  const own = and(eq(integrations.orgId, orgId), eq(integrations.id, id));
  return services.db.transaction(async (tx) => {
    const [integration] = await tx.select().from(integrations).where(own).for('no key update');
    const stored = integration ? openCredentials(services, connector, integration) : null;
    if (stored === null) return { kind: 'unsent' }; // disconnected meanwhile
    if (stored === unreadable) return { kind: 'refused', error: unreadableError };
    if (!stale(stored)) return { kind: 'renewed', credentials: stored };
    const answer = await refresh(stored);
    if (answer.kind === 'renewed') {
      await tx
        .update(integrations)
        .set(sealCredentials(services, { orgId, id }, answer.credentials))
        .where(own);
    }
    return answer;
  });
}
