import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Db } from '../client.ts';
import { apiKeys, organizations } from '../tables/index.ts';

/** A key as people see it: the key itself is stored nowhere, and its hash stays where it is. */
export type ApiKeyView = Awaited<ReturnType<typeof listApiKeys>>[number];

const keyColumns = {
  id: apiKeys.id,
  name: apiKeys.name,
  role: apiKeys.role,
  prefix: apiKeys.prefix,
  createdAt: apiKeys.createdAt,
  createdBy: apiKeys.createdBy,
  lastUsedAt: apiKeys.lastUsedAt,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
};

/** The organization's keys, newest first, revoked and expired ones included: all, or those of these ids. */
export function listApiKeys(db: Pick<Db, 'select'>, orgId: string, ids?: readonly string[]) {
  return db
    .select(keyColumns)
    .from(apiKeys)
    .where(and(eq(apiKeys.orgId, orgId), ids && inArray(apiKeys.id, [...ids])))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

/** The organization; null when it is gone. */
export async function findOrganization(
  db: Pick<Db, 'select'>,
  orgId: string,
): Promise<{ id: string; name: string } | null> {
  const [found] = await db
    .select({ id: organizations.id, name: organizations.name })
    .from(organizations)
    .where(eq(organizations.id, orgId));
  return found ?? null;
}
