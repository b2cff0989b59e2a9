import { setTimeout as delay } from 'node:timers/promises';
import type { DemoApi, Fields } from './api.ts';
import { inventLead } from './leads.ts';
import type { Stage } from './set-up.ts';
import type { StartedVendor } from './vendors/start-vendors.ts';

const tickMs = 500;
const leadsPerTickMax = 3;
/** Until the enrichment of a lead comes back, or somebody edits it. */
const laterMs = { min: 2_000, max: 7_000 };
const troubleEveryMs = 30_000;

interface Later {
  leadId: string;
  changes: Fields;
  at: number;
}

/** Lets leads arrive all the time, and the vendors be in trouble now and then. Returns a function that ends it. */
export function startTraffic(api: DemoApi, stage: Stage, vendors: readonly StartedVendor[]): () => Promise<void> {
  const ended = new AbortController();
  const running = run(api, stage, vendors, ended.signal);
  return () => {
    ended.abort();
    return running;
  };
}

async function run(api: DemoApi, stage: Stage, vendors: readonly StartedVendor[], ended: AbortSignal): Promise<void> {
  const begun = Date.now().toString(36);
  const later: Later[] = [];
  let captured = 0;
  // One vendor after the other, then the next trouble of each.
  const troubles = inTurn(vendors.map((vendor) => vendor.troubles));
  let troubled = 0;
  let troubleAt = Date.now() + troubleEveryMs;
  while (!ended.aborted) {
    try {
      const invented = Array.from({ length: Math.ceil(Math.random() * leadsPerTickMax) }, () =>
        inventLead(`${begun}-${captured++}`),
      );
      const ids = await api.captureLeads(
        pickEvent(stage),
        invented.map(({ lead }) => lead),
      );
      for (const [index, leadId] of ids.entries()) {
        const changes = invented[index]?.later;
        if (changes) later.push({ leadId, changes, at: Date.now() + between(laterMs) });
      }
      for (const { leadId, changes } of takeDue(later)) await api.updateLead(leadId, changes);
    } catch (error) {
      console.error(`No lead arrived: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
    if (Date.now() >= troubleAt) {
      troubleAt += troubleEveryMs;
      if (troubles.length > 0) troubles[troubled++ % troubles.length]?.();
    }
    await delay(tickMs, undefined, { signal: ended }).catch(() => {});
  }
}

/** Most are scanned at the event that is running; some come in late, some register early. */
function pickEvent({ past, running, coming }: Stage): string {
  const dice = Math.random();
  return dice < 0.85 ? running : dice < 0.93 ? past : coming;
}

function takeDue(later: Later[]): Later[] {
  const due = later.filter(({ at }) => at <= Date.now());
  for (const one of due) later.splice(later.indexOf(one), 1);
  return due;
}

const between = ({ min, max }: { min: number; max: number }): number => min + Math.random() * (max - min);

/** The first of each list, then the second of each, and so on. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): Item[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, nth) => lists.flatMap((list) => list.slice(nth, nth + 1))).flat();
}
