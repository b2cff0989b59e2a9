import { and, eq } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { integrations } from '../db/tables/index.ts';
import type { Connector, Session } from './connectors/connector.ts';
import { connectorOf } from './connectors/registry.ts';
import type { Services } from './services.ts';

/** An integration with its credentials opened: what the engine needs to speak with the vendor. */
export interface Connection {
  integration: typeof integrations.$inferSelect;
  connector: Connector;
  session: Session<unknown>;
}

/** Null when the integration is gone, disconnected, or of a vendor without a connector. Throws when the credentials can't be decrypted. */
export async function openConnection(
  services: Services,
  db: Db | Tx,
  orgId: string,
  integrationId: string,
): Promise<Connection | null> {
  const [integration] = await db
    .select()
    .from(integrations)
    .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
  const connector = integration && connectorOf(integration.vendor);
  if (!connector || !integration.credentials || !integration.credentialsKeyId) return null;
  const plain = services.vault.open(
    { keyId: integration.credentialsKeyId, bytes: integration.credentials },
    `${orgId}/${integrationId}`,
  );
  const session: Session<unknown> = {
    credentials: connector.credentials.parse(JSON.parse(plain)),
    http: services.http,
    memory: new Map(),
    now: () => services.now().getTime(),
  };
  return { integration, connector, session };
}
