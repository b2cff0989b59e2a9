import { integer, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { instant, orgId } from './columns.ts';

/**
 * What happened in a minute, for charts: one row per integration, minute and event at which something did. Added to by a trigger on the log of
 * transitions, under the lock of that log, so that nobody waits for it and nobody has to count the log.
 */
export const activity = pgTable(
  'activity',
  {
    orgId: orgId(),
    integrationId: uuid().notNull(),
    minute: instant().notNull(), // its beginning
    eventId: uuid().notNull(),
    captured: integer().notNull(), // new on the work list
    cleared: integer().notNull(),
    failed: integer().notNull(),
    /** Leads that cleared for the first time, by how long after their capture: see domain/latency.ts. */
    latencies: integer().array().notNull(),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.integrationId, t.minute, t.eventId] })],
);
