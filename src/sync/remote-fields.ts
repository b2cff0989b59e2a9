import { and, eq } from 'drizzle-orm';
import { integrations, remoteFields } from '../db/tables/index.ts';
import { NotFoundError, ValidationError, VendorUnavailableError } from '../domain/errors.ts';
import type { RemoteField } from '../domain/mapping.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** The vendor's fields as last read, and when; null when they never could be read. */
export interface KnownFields {
  fields: RemoteField[];
  readAt: Date;
}

/** What is stored of the vendor's fields. */
export async function knownFields(
  services: Services,
  orgId: string,
  integrationId: string,
): Promise<KnownFields | null> {
  const [known] = await services.db
    .select({ fields: remoteFields.fields, readAt: remoteFields.readAt })
    .from(remoteFields)
    .where(and(eq(remoteFields.orgId, orgId), eq(remoteFields.integrationId, integrationId)));
  return known ?? null;
}

/**
 * Reads the vendor's fields and stores them. A vendor that can't be read leaves what is stored as it is: fields serve to refuse early what the
 * vendor would refuse anyway, so nothing depends on them. Null when they could not be read.
 */
export async function refreshRemoteFields(
  services: Services,
  orgId: string,
  integrationId: string,
  opened?: Connection,
): Promise<KnownFields | null> {
  const connection = opened ?? (await openConnection(services, services.db, orgId, integrationId));
  if (!connection) return null;
  const answer = await connection.connector.describe(connection.session);
  if (answer.kind === 'unavailable') {
    services.log.warn({ event: 'fields.unreadable', integration: integrationId }, answer.message);
    return null;
  }
  const known = { fields: answer.fields, readAt: services.now() };
  await services.db
    .insert(remoteFields)
    .values({ orgId, integrationId, ...known })
    .onConflictDoUpdate({ target: [remoteFields.orgId, remoteFields.integrationId], set: known });
  return known;
}

/** Reads the vendor's fields because somebody asks for it. Admins. */
export async function readRemoteFields(services: Services, viewer: Viewer, integrationId: string): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const [found] = await services.db
    .select({ id: integrations.id })
    .from(integrations)
    .where(and(eq(integrations.orgId, viewer.orgId), eq(integrations.id, integrationId)));
  if (!found) throw new NotFoundError('integration');
  const connection = await openConnection(services, services.db, viewer.orgId, integrationId);
  if (!connection) {
    const message = 'is not connected: connect it first, so that its fields can be read.';
    throw new ValidationError([{ path: 'integrationId', message }]);
  }
  if (await refreshRemoteFields(services, viewer.orgId, integrationId, connection)) return;
  throw new VendorUnavailableError('The fields could not be read from the vendor. What was read before stays.');
}
