import { asc } from 'drizzle-orm';
import { answerJson, listen } from '../../simulators/server.ts';
import { events, gates } from '../../src/db/tables/index.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { type Fill, fillLeads, withoutSearchIndex } from './fill.ts';
import { type BenchServer, settleDatabase, urlOf } from './postgres.ts';
import { type BenchSluice, connectWebhook, createEvents, openSluice } from './sluice.ts';

/** Frozen leads of one integration under Manual, at 20 events, a tenth more that FAILED and a tenth that are CLEARED. No engine runs. */
export interface WorkList extends BenchSluice {
  integrationId: string;
  /** The first has more leads than one chunk of a release, unless the list is shorter. */
  eventIds: string[];
}

const eventCount = 20;
const firstEventMin = 600;

/** Opens the work list with so many frozen leads, which the first to ask for it in a run fills. */
export async function openWorkList(server: BenchServer, frozen: number): Promise<WorkList> {
  const name = `bench_list_${frozen}`;
  const known = await server.has(name);
  const sluice = await openSluice(known ? urlOf(server.url, name) : await server.create(name));
  if (!known) await fill(sluice, frozen);
  const { db } = sluice.services;
  const [gate] = await db.select({ integrationId: gates.integrationId }).from(gates);
  const eventIds = (await db.select({ id: events.id }).from(events).orderBy(asc(events.id))).map(({ id }) => id);
  if (!gate) throw new Error(`${name} was not filled to its end`);
  return { ...sluice, integrationId: gate.integrationId, eventIds };
}

async function fill(sluice: BenchSluice, frozen: number): Promise<void> {
  const { services, viewer, sql } = sluice;
  const vendor = await listen({ bodyBytesMax: 0 }, async (_received, response) => answerJson(response, 200, {}));
  const integrationId = await connectWebhook(sluice, vendor.url);
  await vendor.close(); // nothing will be sent
  await setSyncMode(services, viewer, { integrationId, mode: 'MANUAL', confirm: true });
  const eventIds = await createEvents(sluice, eventCount);
  const first = Math.min(frozen, Math.max(firstEventMin, Math.floor(frozen / eventCount)));
  const others = Math.floor((frozen - first) / (eventCount - 1));
  const fills = eventIds.flatMap((eventId, index): Fill[] => {
    const count = index === 0 ? frozen - others * (eventCount - 1) : others;
    const tenth = Math.ceil(count / 10);
    const common = { orgId: viewer.orgId, integrationId, eventId };
    return [
      { ...common, count, state: 'PENDING' },
      { ...common, count: tenth, state: 'FAILED' },
      { ...common, count: tenth, state: 'CLEARED' },
    ];
  });
  await withoutSearchIndex(sql, () => fillLeads(sql, fills));
  await settleDatabase(sql);
}
