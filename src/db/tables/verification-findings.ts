import { bigint, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { FindingKind } from '../../domain/verification.ts';
import { orgId } from './columns.ts';

/** What a verification found, in the order in which it was found. */
export const verificationFindings = pgTable(
  'verification_findings',
  {
    orgId: orgId(),
    verificationId: uuid().notNull(), // an operation's
    place: integer().notNull(), // from 1
    kind: text().$type<FindingKind>().notNull(),
    message: text().notNull(),
    integrationId: uuid(),
    eventId: uuid(),
    itemId: uuid(),
    position: bigint({ mode: 'number' }), // in the integration's log
  },
  (t) => [primaryKey({ columns: [t.orgId, t.verificationId, t.place] })],
);
