import { boolean, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { Vendor } from '../../domain/vendors.ts';
import { bytea, instant, orgId } from './columns.ts';
import { organizations } from './organizations.ts';

/** Sign-ins at a vendor that are under way or were granted and not used yet. Short-lived. */
export const authorizations = pgTable(
  'authorizations',
  {
    orgId: orgId().references(() => organizations.id),
    id: uuid().notNull(),
    vendor: text().$type<Vendor>().notNull(),
    keyId: uuid(), // of the API key that asked: no other one may use what is granted
    requestedBy: text().notNull(),
    stateHash: text().notNull(), // SHA-256, hex, of the state in the address; the state itself is with the browser only
    sandbox: boolean().notNull(),
    redirectUri: text().notNull(),
    url: text().notNull(),
    secrets: bytea().notNull(), // sealed: client id and secret, code verifier, and the tokens once granted
    secretsKeyId: text().notNull(),
    status: text().$type<'PENDING' | 'GRANTED' | 'REFUSED'>().notNull(), // that one expired follows from expires_at
    problem: text(),
    createdAt: instant().notNull(),
    expiresAt: instant().notNull(),
    usedAt: instant(), // its grant was taken by connect
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('authorizations_state').on(t.stateHash),
    index('authorizations_expired').on(t.expiresAt),
  ],
);
