import { sql } from 'drizzle-orm';
import {
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { LeadAttribute, QualifierAnswer } from '../../domain/lead.ts';
import { instant, orgId } from './columns.ts';
import { organizations } from './organizations.ts';

export const events = pgTable(
  'events',
  {
    orgId: orgId().references(() => organizations.id),
    id: uuid().notNull(),
    name: text().notNull(),
    startsOn: date({ mode: 'string' }),
    endsOn: date({ mode: 'string' }),
    timeZone: text().notNull(),
    createdAt: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    uniqueIndex('events_name').on(t.orgId, sql`lower(${t.name})`),
    index('events_newest').on(t.orgId, sql`${t.startsOn} desc nulls last`, t.id.desc()),
  ],
);

export const leads = pgTable(
  'leads',
  {
    orgId: orgId(),
    id: uuid().notNull(),
    eventId: uuid().notNull(),
    externalId: text(), // the caller's own id, unique within the event
    firstName: text(),
    lastName: text(),
    email: text(),
    company: text(),
    jobTitle: text(),
    phone: text(),
    qualifiers: jsonb().$type<QualifierAnswer[]>().notNull(),
    attributes: jsonb().$type<LeadAttribute[]>().notNull(),
    enrichedAt: instant(), // null: not enriched yet
    capturedAt: instant().notNull(), // never changes: lists are ordered by it
    revision: integer().notNull().default(1),
    erasedAt: instant(), // the person was erased: the row stays, without anything personal
    erasedExternalId: text(), // SHA-256 of the externalId it had: capturing it again is refused, and nobody can read it
    searchText: text()
      .notNull()
      .generatedAlwaysAs(
        sql`lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(company, ''))`,
      ),
  },
  (t) => [
    primaryKey({ columns: [t.orgId, t.id] }),
    foreignKey({ columns: [t.orgId, t.eventId], foreignColumns: [events.orgId, events.id] }),
    uniqueIndex('leads_external_id').on(t.orgId, t.eventId, t.externalId).where(sql`${t.externalId} is not null`),
    index('leads_event').on(t.orgId, t.eventId, t.id),
    index('leads_erased').on(t.orgId, t.eventId, t.erasedExternalId).where(sql`${t.erasedExternalId} is not null`),
    index('leads_search').using('gin', t.searchText.op('gin_trgm_ops')),
  ],
);

/** Leads per event, kept by a trigger so that nobody has to count. */
export const leadCounts = pgTable(
  'lead_counts',
  {
    orgId: orgId(),
    eventId: uuid().notNull(),
    captured: integer().notNull().default(0),
    notEnriched: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.orgId, t.eventId] })],
);
