import { and, eq } from 'drizzle-orm';
import { listIntegrations } from '../../db/statements/integration-views.ts';
import { listItemPages } from '../../db/statements/item-pages.ts';
import { findLastTries } from '../../db/statements/last-tries.ts';
import { listLeadsWithEvents } from '../../db/statements/leads.ts';
import { events } from '../../db/tables/index.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { type GivenItemFilter, readItemFilter } from '../item-filter.ts';
import type { Services } from '../services.ts';
import type { Viewer } from '../viewer.ts';
import { csvLine } from './csv.ts';
import { cellsOf, columns } from './item-columns.ts';

export interface ExportItems {
  integrationId: string;
  filter: GivenItemFilter;
  order: 'asc' | 'desc';
  /** Excel takes a file without it for another encoding than UTF-8. */
  byteOrderMark: boolean;
  /** An id as the API gives it. */
  publicIdOf(itemId: string): string;
}

/** What is read at once. */
const pageSize = 500;

/** A work list as text, to be pulled piece by piece. */
export interface ItemExport {
  /** For people, and for the name of a file. */
  name: string;
  /** The header first, then a page of lines at a time: each is read when it is pulled, and nothing is open in between. */
  pieces: AsyncGenerator<string, void, undefined>;
}

/**
 * The work list of an integration as CSV, narrowed by what the list can be narrowed by, of any length: page by page, by keys that never change, so
 * that whatever matches throughout is in it exactly once. Everybody may. Throws NotFoundError and BadInputError, before anything is read.
 */
export async function exportItems(services: Services, viewer: Viewer, asked: ExportItems): Promise<ItemExport> {
  const { db } = services;
  const { orgId } = viewer;
  const filter = readItemFilter(asked.filter);
  const [integration] = await listIntegrations(db, orgId, { ids: [asked.integrationId] });
  if (!integration) throw new NotFoundError('integration');
  if (filter.eventId !== null) {
    const [event] = await db
      .select({ id: events.id })
      .from(events)
      .where(and(eq(events.orgId, orgId), eq(events.id, filter.eventId)));
    if (!event) throw new NotFoundError('event');
  }

  async function* pieces(): AsyncGenerator<string, void, undefined> {
    yield `${asked.byteOrderMark ? '\uFEFF' : ''}${csvLine(columns.map(({ name }) => name))}`;
    let after: { capturedAt: Date; id: string } | null = null;
    for (;;) {
      const page: Awaited<ReturnType<typeof listItemPages>> = await listItemPages(db, orgId, [asked.integrationId], {
        filter,
        order: asked.order,
        after,
        limit: pageSize,
      });
      if (page.length > 0) yield await linesOf(page);
      const last = page.at(-1);
      if (!last || page.length < pageSize) return;
      after = { capturedAt: last.capturedAt, id: last.id };
    }
  }

  async function linesOf(page: Awaited<ReturnType<typeof listItemPages>>): Promise<string> {
    const [leads, lastTries] = await Promise.all([
      listLeadsWithEvents(
        db,
        orgId,
        page.map((item) => item.leadId),
      ),
      findLastTries(
        db,
        orgId,
        page.map((item) => item.id),
      ),
    ]);
    const leadById = new Map(leads.map((lead) => [lead.id, lead]));
    const lines = page.map((item) => {
      const lead = leadById.get(item.leadId);
      if (!lead) throw new Error(`item ${item.id} has no lead`);
      const remoteId = item.accountGeneration === integration?.accountGeneration ? item.remoteId : null;
      const lastTryAt = lastTries.get(item.id) ?? null;
      return csvLine(cellsOf({ item, lead, lastTryAt, remoteId, publicId: asked.publicIdOf(item.id) }));
    });
    return lines.join('');
  }

  return { name: integration.name, pieces: pieces() };
}
