import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, orgId } from './columns.ts';

/** Long work in the background that somebody asked for: it goes on after a restart, one process at a time, and tells how far it is. */
export const operations = pgTable(
  'operations',
  {
    orgId: orgId(),
    id: uuid().notNull(),
    kind: text().$type<OperationKind>().notNull(),
    integrationId: uuid(), // null: all of the organization
    eventId: uuid(),
    status: text().$type<'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELED'>().notNull(),
    requestedAt: instant().notNull(),
    requestedBy: text().notNull(),
    finishedAt: instant(),
    input: jsonb().notNull(),
    progress: jsonb().notNull(), // how far it came: what a restart goes on from
    result: jsonb(),
    total: integer(), // null: not known yet
    done: integer().notNull().default(0),
    owner: uuid(), // the process that works on it
    ownedUntil: instant(), // once past, the owner is presumed dead
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    index('operations_newest').on(t.orgId, t.kind, t.id.desc()),
    index('operations_running').on(t.ownedUntil).where(sql`${t.status} = 'RUNNING'`),
  ],
);

export const operationKinds = ['BACKFILL', 'VERIFICATION', 'INTEGRATION_DELETION'] as const;
export type OperationKind = (typeof operationKinds)[number];
