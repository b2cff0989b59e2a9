import { sql } from 'drizzle-orm';
import { index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Role } from '../../domain/roles.ts';
import { instant, orgId } from './columns.ts';

export const organizations = pgTable(
  'organizations',
  { id: uuid().primaryKey(), name: text().notNull(), createdAt: instant().notNull() },
  (t) => [uniqueIndex('organizations_name').on(sql`lower(${t.name})`)],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    orgId: orgId().references(() => organizations.id),
    id: uuid().notNull(),
    name: text().notNull(),
    role: text().$type<Role>().notNull(),
    prefix: text().notNull(), // the key's first characters, for people to recognize it
    hash: text().notNull(), // SHA-256 of the key, hex: the key itself is random enough to need no salt
    createdAt: instant().notNull(),
    createdBy: text().notNull(),
    lastUsedAt: instant(), // written at most once a minute
    expiresAt: instant(),
    revokedAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('api_keys_hash').on(t.hash),
    index('api_keys_created').on(t.orgId, t.createdAt),
  ],
);
