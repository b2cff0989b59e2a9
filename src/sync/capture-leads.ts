import { and, eq, inArray } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { type LeadRow, lockLeadsByExternalId } from '../db/statements/leads.ts';
import { events, leads } from '../db/tables/index.ts';
import { type FieldProblem, NotFoundError, ValidationError } from '../domain/errors.ts';
import { blankLead, type LeadPatch, patchLead } from '../domain/lead-patch.ts';
import { againIfDeleted } from './again-if-deleted.ts';
import { digestOfExternalId } from './erase-lead.ts';
import type { Services } from './services.ts';
import { problemOfExternalId, problemsOfPatch } from './validate-lead.ts';
import { requireRole, type Viewer } from './viewer.ts';
import { type LeadChange, writeLeads } from './write-leads.ts';

/** Most leads of one call. */
const capturedLeadsMax = 1_000;

export type CapturedLead = LeadPatch & {
  externalId?: string | null | undefined;
  /** Absent: true for a new lead, unchanged for a known one. False waits for updateLead; a lead that is enriched by now stays so. */
  enriched?: boolean | null | undefined;
  capturedAt?: Date | null | undefined;
};

/**
 * Captures leads at an event, all of them or none, in one transaction; one that was captured before under its externalId is edited. Returns
 * their ids in the order of the input. Operators and admins.
 */
export async function captureLeads(
  services: Services,
  viewer: Viewer,
  input: { eventId: string; leads: CapturedLead[] },
): Promise<string[]> {
  requireRole(viewer, 'OPERATOR');
  validate(input.leads);
  const { orgId } = viewer;
  return againIfDeleted(() =>
    services.db.transaction(async (tx) => {
      await lockEvent(tx, orgId, input.eventId);
      const externalIds = input.leads.flatMap((lead) => lead.externalId ?? []);
      const known = new Map(
        (await lockLeadsByExternalId(tx, orgId, input.eventId, externalIds)).map((lead) => [lead.externalId, lead]),
      );
      const erased = await listErasedExternalIds(tx, orgId, input.eventId, externalIds);
      refuseErasedPersons(input.leads, erased);
      const created: LeadRow[] = [];
      const changed: LeadChange[] = [];
      const ids = input.leads.map((lead) => {
        const before = lead.externalId == null ? undefined : known.get(lead.externalId);
        if (!before) {
          const row = newLead(services, orgId, input.eventId, lead);
          created.push(row);
          return row.id;
        }
        const change = changeOf(services, before, lead);
        if (change) changed.push(change);
        return before.id;
      });
      await writeLeads(services, tx, viewer, created, changed);
      return ids;
    }),
  );
}

/** What an edit makes of a lead; null when it changes nothing. `enriched: true` completes the enrichment, which nothing takes back. */
export function changeOf(
  services: Services,
  before: LeadRow,
  patch: LeadPatch & { enriched?: boolean | null | undefined },
): LeadChange | null {
  const values = patchLead(before, patch);
  const enriches = patch.enriched === true && before.enrichedAt === null;
  if (!values && !enriches) return null;
  return {
    before,
    after: {
      id: before.id,
      revision: before.revision + 1,
      values: values ?? before,
      enrichedAt: enriches ? services.now() : before.enrichedAt,
    },
  };
}

/**
 * Captures at one event follow one another: two that know the same new externalId would otherwise wait for each other's rows. NotFoundError
 * when the organization has no such event.
 */
export async function lockEvent(tx: Tx, orgId: string, eventId: string): Promise<void> {
  const [event] = await tx
    .select({ id: events.id })
    .from(events)
    .where(and(eq(events.orgId, orgId), eq(events.id, eventId)))
    .for('no key update');
  if (!event) throw new NotFoundError('event');
}

/** Of the externalIds, those that leads of erased persons had at the event. Under the event's lock, and after those that are known are locked. */
export async function listErasedExternalIds(
  tx: Tx,
  orgId: string,
  eventId: string,
  externalIds: readonly string[],
): Promise<string[]> {
  if (externalIds.length === 0) return [];
  const byDigest = new Map(externalIds.map((id) => [digestOfExternalId(orgId, eventId, id), id]));
  const rows = await tx
    .select({ digest: leads.erasedExternalId })
    .from(leads)
    .where(
      and(eq(leads.orgId, orgId), eq(leads.eventId, eventId), inArray(leads.erasedExternalId, [...byDigest.keys()])),
    );
  return rows.flatMap(({ digest }) => byDigest.get(digest ?? '') ?? []);
}

function refuseErasedPersons(captured: readonly CapturedLead[], erased: readonly string[]): void {
  const problems = captured.flatMap(({ externalId }, index) =>
    externalId != null && erased.includes(externalId)
      ? [{ path: `leads.${index}.externalId`, message: 'the person captured under it was erased.' }]
      : [],
  );
  if (problems.length > 0) throw new ValidationError(problems);
}

function newLead(services: Services, orgId: string, eventId: string, lead: CapturedLead): LeadRow {
  const now = services.now();
  return {
    orgId,
    id: services.newId(),
    eventId,
    externalId: lead.externalId ?? null,
    ...(patchLead(blankLead, lead) ?? blankLead),
    enrichedAt: lead.enriched === false ? null : now,
    capturedAt: lead.capturedAt ?? now,
    revision: 1,
    erasedAt: null,
  };
}

function validate(leads: readonly CapturedLead[]): void {
  if (leads.length > capturedLeadsMax) {
    throw new ValidationError([
      { path: 'leads', message: `expected at most ${capturedLeadsMax} leads a call, got ${leads.length}.` },
    ]);
  }
  const problems: FieldProblem[] = [];
  const firstOf = new Map<string, number>();
  for (const [index, lead] of leads.entries()) {
    problems.push(...problemsOfPatch(lead, `leads.${index}`));
    const problem = problemOfExternalId(lead.externalId);
    if (problem) problems.push({ path: `leads.${index}.externalId`, message: problem });
    if (lead.externalId == null) continue;
    const first = firstOf.get(lead.externalId);
    if (first !== undefined)
      problems.push({ path: `leads.${index}.externalId`, message: `is the same as of leads.${first}.` });
    else firstOf.set(lead.externalId, index);
  }
  if (problems.length > 0) throw new ValidationError(problems);
}
