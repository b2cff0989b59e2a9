import { and, eq } from 'drizzle-orm';
import { findLastItem, listSelectedItems, type RetrySelection, releaseChunk } from '../db/statements/retry-items.ts';
import { gates } from '../db/tables/index.ts';
import { type ErrorCategory, errorCategories } from '../domain/error-categories.ts';
import { NotFoundError } from '../domain/errors.ts';
import { foretell, openProspect } from './foretell.ts';
import { readSelection, type Selection } from './selection.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** A plan looks at no more leads than this: some seconds. */
export const plannedMax = 50_000;

type ByCategory = Partial<Record<ErrorCategory, number>>;

/** What a retry would do. */
export interface RetryPlan {
  /** Leads that it would take. */
  total: number;
  wouldPass: number;
  /** Of wouldPass, those that are FAILED, by the category that they failed with. */
  wouldPassNow: ByCategory;
  /** The others, by what they would fail with. */
  wouldFail: ByCategory;
  /** False: more match than are looked at, and the numbers are of those that would go first. */
  complete: boolean;
}

/**
 * Foretells what a retry of a selection would do now, doing nothing: whom it would take, and what of them would pass everything that can be known
 * before the call. Looks at `plannedMax` leads at most, in pages. Whoever may read.
 */
export async function planRetry(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; select: Selection },
): Promise<RetryPlan> {
  requireRole(viewer, 'VIEWER');
  const selection = await readSelection(services, viewer, input.integrationId, input.select);
  return plan(services, viewer.orgId, input.integrationId, selection);
}

/** The plan of all FAILED leads of an integration, over all events or at one. */
export function planFailed(
  services: Services,
  viewer: Viewer,
  target: { integrationId: string; eventId: string | null },
): Promise<RetryPlan> {
  requireRole(viewer, 'VIEWER');
  const selection: RetrySelection = { states: ['FAILED'], eventId: target.eventId ?? undefined };
  return plan(services, viewer.orgId, target.integrationId, selection);
}

async function plan(
  services: Services,
  orgId: string,
  integrationId: string,
  selection: RetrySelection,
): Promise<RetryPlan> {
  const { db } = services;
  const [gate] = await db
    .select({ releaseEpoch: gates.releaseEpoch })
    .from(gates)
    .where(and(eq(gates.orgId, orgId), eq(gates.integrationId, integrationId)));
  const prospect = gate && (await openProspect(services, orgId, integrationId));
  if (!prospect) throw new NotFoundError('integration');
  const target = { orgId, integrationId, releaseEpoch: gate.releaseEpoch };
  const until = await findLastItem(db, orgId);
  const planned: RetryPlan = { total: 0, wouldPass: 0, wouldPassNow: {}, wouldFail: {}, complete: true };
  let looked = 0;
  for (const state of until === null ? [] : selection.states) {
    for (let after: string | null = null; ; ) {
      if (looked >= plannedMax) return { ...planned, complete: false };
      const page = await listSelectedItems(db, target, selection, { state, after, until: until ?? '' });
      looked += page.length;
      const items = page.filter((item) => !item.taken);
      const foretold = await foretell(db, orgId, prospect, items);
      for (const item of items) {
        const problem = foretold.get(item.id);
        if (problem === undefined) continue;
        planned.total += 1;
        if (problem) count(planned.wouldFail, problem.category);
        else planned.wouldPass += 1;
        if (!problem && item.state === 'FAILED' && item.error) count(planned.wouldPassNow, item.error.category);
      }
      after = page.at(-1)?.id ?? null;
      if (page.length < releaseChunk) break;
    }
  }
  return planned;
}

function count(counts: ByCategory, category: ErrorCategory): void {
  counts[category] = (counts[category] ?? 0) + 1;
}

/** Largest first; equal ones by name. */
export function groupsOf(counts: ByCategory): { category: ErrorCategory; count: number }[] {
  return errorCategories
    .flatMap((category) => ({ category, count: counts[category] ?? 0 }))
    .filter((group) => group.count > 0)
    .sort((a, b) => b.count - a.count || (a.category < b.category ? -1 : 1));
}
