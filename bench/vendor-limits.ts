import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { demoVendors } from '../demo/vendors/start-vendors.ts';
import type { Vendor } from '../src/domain/vendors.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import { connect } from '../src/sync/connect.ts';
import { applyRecommendedMappings } from '../src/sync/recommended-mappings.ts';
import { setSyncMode } from '../src/sync/set-sync-mode.ts';
import { fillLeads } from './harness/fill.ts';
import { type BenchServer, settleDatabase } from './harness/postgres.ts';
import { percentile, type Report, short } from './harness/report.ts';
import { createEvents, openSluice } from './harness/sluice.ts';

/** Leads of the flush: many, or as many as a vendor that takes them one by one lets through in two minutes. */
const heldOf: Partial<Record<Vendor, number>> = { PARDOT: 1_500, PIPEDRIVE: 200 };
const usuallyHeld = 50_000;
const livePerSecond = 1;

/**
 * Held leads let go by a switch to Automatic while others come live, all to the demo's stand-in for the vendor, which keeps the vendor's limits and
 * takes a quarter of a second for a call: how many calls it refuses, and how long a live lead takes beside how long the flush does.
 */
export async function run(server: BenchServer, vendor: Vendor): Promise<Report> {
  const demo = demoVendors.find((one) => one.vendor === vendor);
  if (!demo) throw new Error(`${vendor} has no stand-in`);
  const held = heldOf[vendor] ?? usuallyHeld;
  const stand = await demo.start({ port: 0, secret: 'b'.repeat(48) });
  const database = await server.create(`bench_limits_${vendor.toLowerCase()}`);
  const sluice = await openSluice(database, stand.urls ? { [vendor]: stand.urls } : {});
  const { services, viewer, sql } = sluice;
  const { integrationId } = await connect(services, viewer, { vendor, credentials: stand.credentials });
  await applyRecommendedMappings(services, viewer, { integrationId });
  await setSyncMode(services, viewer, { integrationId, mode: 'MANUAL', confirm: true });
  const [eventId = ''] = await createEvents(sluice, 1);
  await fillLeads(sql, [{ orgId: viewer.orgId, integrationId, eventId, count: held, state: 'PENDING' }]);
  await settleDatabase(sql);
  await sluice.startEngine();

  const startedAt = Date.now();
  await setSyncMode(services, viewer, { integrationId, mode: 'AUTOMATIC' });
  const storedAt = new Map<string, number>();
  let flushedAt = 0;
  for (let nth = 0; flushedAt === 0; nth++) {
    await wait(startedAt + (nth * 1_000) / livePerSecond - Date.now());
    const email = `live${nth}@example.test`;
    const lead = { email, firstName: 'Ada', lastName: `Live${nth}`, company: 'Acme' };
    await captureLeads(services, viewer, { eventId, leads: [lead] });
    storedAt.set(email, Date.now());
    if ((await waiting(sql)).held === 0) flushedAt = Date.now();
  }
  while ((await waiting(sql)).all > 0) await wait(50);
  const calls = await callsOf(stand.url);
  const [failed] = await sql<{ n: number }[]>`select count(*)::int as n from sync_items where state = 'FAILED'`;
  await sluice.stop();
  await stand.close();
  if (failed?.n !== 0) throw new Error(`${failed?.n} leads of ${vendor} failed`);

  const refused = calls.filter(({ refused: is }) => is).length;
  const waits = [...storedAt].map(([email, at]) => {
    const arrival = calls.find((call) => !call.refused && call.emails.includes(email));
    return Math.max(0, (arrival?.at ?? Number.NaN) - at);
  });
  const flushMs = flushedAt - startedAt;
  const p99 = percentile(waits, 99);
  const name = `${held.toLocaleString('en')} leads flushed to ${demo.name} at its limits, ${livePerSecond} more a second coming live`;
  return {
    rows: [
      {
        what: `${name}: calls refused`,
        ours: String(refused),
        against: `${calls.length} calls`,
        ratios: [refused / calls.length],
        goal: { atMost: 0.01 },
      },
      {
        what: 'the same: p99 of a live lead, captured to received, against the flush',
        ours: `${short(p99)} ms`,
        against: `${short(flushMs)} ms`,
        ratios: [p99 / flushMs],
        goal: { atMost: 0.05 },
      },
    ],
    notes: [
      `${demo.name}: ${short(held / (flushMs / 1_000))} leads/s. Live ones: median ${short(percentile(waits, 50))} ms, ` +
        `p99 ${short(p99)} ms, longest ${short(Math.max(...waits))} ms, of ${waits.length}.`,
    ],
  };
}

async function waiting(sql: Awaited<ReturnType<typeof openSluice>>['sql']): Promise<{ all: number; held: number }> {
  const [row] = await sql<{ all: number; held: number }[]>`
    select count(*)::int as all, count(*) filter (where captured_at < '2026-06-01')::int as held
    from sync_items where state in ('PENDING', 'SYNCING')`;
  return row ?? { all: 0, held: 0 };
}

/** As the stand-ins list them; Marketo refuses with status 200 and a code. */
const Calls = z.object({
  calls: z.array(
    z.object({
      at: z.number(),
      emails: z.array(z.string()),
      status: z.number().optional(),
      answer: z.object({ status: z.number(), code: z.string().nullable() }).nullish(),
    }),
  ),
});

async function callsOf(url: string): Promise<{ at: number; emails: string[]; refused: boolean }[]> {
  const response = await fetch(new URL('/__calls', url));
  return Calls.parse(await response.json()).calls.map(({ at, emails, status, answer }) => ({
    at,
    emails,
    refused: (answer?.status ?? status ?? 0) >= 400 || typeof answer?.code === 'string',
  }));
}
