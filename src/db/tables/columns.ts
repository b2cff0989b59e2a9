import { sql } from 'drizzle-orm';
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The organization: the first column of every tenant's key, so that an organization can be moved to another server whole. */
export const orgId = () => uuid().notNull();

/** An instant in milliseconds, as the API tells it. */
export const instant = () => timestamp({ withTimezone: true, mode: 'date', precision: 3 });

/** The clock of every statement: now(), shifted by a session setting that only tests set. */
export const databaseNow = sql`sluice_now()`;

/** Bytes, as a Buffer. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
