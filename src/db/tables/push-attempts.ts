import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import type { AttemptReason } from '../../domain/lane.ts';
import { instant, orgId } from './columns.ts';

/** One push of one lead: why it ran, what was exchanged with the vendor, how it ended. Kept for a retention of its own. Personal data. */
export const pushAttempts = pgTable(
  'push_attempts',
  {
    orgId: orgId(),
    itemId: uuid().notNull(),
    integrationId: uuid().notNull(),
    itemVersion: integer().notNull(), // of the move that recorded the answer: its place in the log
    attempt: integer().notNull(), // of the item, from 1
    reason: text().$type<AttemptReason>().notNull(),
    startedAt: instant().notNull(),
    durationMs: integer().notNull(),
    outcome: text().$type<'CLEARED' | 'FAILED' | 'WAITING'>().notNull(),
    error: jsonb().$type<SyncErrorData>(),
    exchanges: jsonb().$type<RecordedExchange[]>().notNull(), // in order, sub-steps included; secrets removed
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.itemId, t.itemVersion] }), // one of few indexes: every push writes a row
    index('push_attempts_started').on(t.startedAt),
  ],
);

/** As connectors tell it. */
export interface RecordedExchange {
  request: string;
  payload: unknown;
  status: number | null;
  answer: unknown;
}
