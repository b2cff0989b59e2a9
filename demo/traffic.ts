import { setTimeout as delay } from 'node:timers/promises';
import type { DemoApi, Fields } from './api.ts';
import { inventLead } from './leads.ts';
import type { Stage } from './set-up.ts';
import type { Vendors } from './vendors.ts';

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
export function startTraffic(api: DemoApi, stage: Stage, vendors: Vendors): () => Promise<void> {
  const ended = new AbortController();
  const running = run(api, stage, vendors, ended.signal);
  return () => {
    ended.abort();
    return running;
  };
}

async function run(api: DemoApi, stage: Stage, vendors: Vendors, ended: AbortSignal): Promise<void> {
  const begun = Date.now().toString(36);
  const later: Later[] = [];
  let captured = 0;
  let troubles = 0;
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
      makeTrouble(vendors, troubles++);
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

/** One after the other: too many calls, a lead that Marketo has twice, a delivery refused, a receiver out of order. */
function makeTrouble({ marketo, receiver }: Vendors, nth: number): void {
  const troubles = [
    () => marketo.fault({ kind: 'response', code: '606', path: '/rest/v1/leads.json' }),
    () => receiver.script(422),
    () => marketo.fault({ kind: 'record', code: '1007' }),
    () => receiver.script(503),
  ];
  troubles[nth % troubles.length]?.();
}

const between = ({ min, max }: { min: number; max: number }): number => min + Math.random() * (max - min);
