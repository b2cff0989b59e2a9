import {
  checkEvents,
  checkLeadCounts,
  type EventCheck,
  listEventSizes,
} from '../../db/statements/verification/check-events.ts';
import { addBalances, differenceOf, type Finding } from '../../domain/verification.ts';
import type { Services } from '../services.ts';
import type { Checked, PageToCheck } from './page.ts';

/** Events of one page, as many as have about so many leads together: it is read by one statement, which should not last. */
const leadsPerPage = 50_000;
const eventsPerPage = 500;

/** The kept counts of leads per event, against counting. */
export async function checkPageOfLeads(services: Services, orgId: string, after: unknown): Promise<Checked> {
  const { eventIds, next } = await nextEvents(services, orgId, after as string | null);
  return { findings: await checkLeadCounts(services.db, orgId, eventIds), done: 0, next };
}

/** The kept counts of the integration per event, against counting; and that every captured lead is somewhere. */
export async function checkPageOfEvents({ services, orgId, integration, after }: PageToCheck): Promise<Checked> {
  const { integrationId } = integration;
  const { eventIds, next } = await nextEvents(services, orgId, after as string | null);
  const events = await checkEvents(services.db, orgId, integrationId, eventIds);
  const balance = events.reduce((sum, event) => addBalances(sum, event.balance), integration.balance);
  return {
    findings: events.flatMap((event) => findingsOf(integrationId, event)),
    done: 0,
    integration: { ...integration, balance },
    next,
  };
}

async function nextEvents({ db }: Services, orgId: string, after: string | null) {
  const events = await listEventSizes(db, orgId, after, eventsPerPage);
  let leads = 0;
  const chosen = events.filter(({ size }, index) => {
    leads += size;
    return index === 0 || leads <= leadsPerPage;
  });
  const more = chosen.length < events.length || events.length === eventsPerPage;
  return { eventIds: chosen.map(({ id }) => id), next: more ? (chosen.at(-1)?.id ?? null) : null };
}

function findingsOf(integrationId: string, { eventId, balance, differing }: EventCheck): Finding[] {
  const at = { integrationId, eventId, itemId: null, position: null };
  const wrong: Finding[] = differing.map(({ bucket, kept, counted }) => ({
    ...at,
    kind: 'COUNT_WRONG',
    message: `The count of ${bucket} says ${kept}; there are ${counted}.`,
  }));
  const left = differenceOf(balance);
  if (left === 0) return wrong;
  const { captured, notEnriched, notTaken, waiting, failed, cleared, withdrawn } = balance;
  const places = `${notEnriched} not enriched, ${notTaken} not taken, ${waiting} waiting, ${failed} failed, ${cleared} cleared, ${withdrawn} withdrawn`;
  const message = `${captured} leads were captured; ${captured - left} are accounted for: ${places}.`;
  return [...wrong, { ...at, kind: 'LEADS_UNACCOUNTED', message }];
}
