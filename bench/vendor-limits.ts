import { setTimeout as wait } from 'node:timers/promises';
import { startHubspot } from '../simulators/hubspot/start-hubspot.ts';
import { captureLeads } from '../src/sync/capture-leads.ts';
import { connect } from '../src/sync/connect.ts';
import { setFieldMappings } from '../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../src/sync/set-sync-mode.ts';
import { fillLeads } from './harness/fill.ts';
import { type BenchServer, settleDatabase } from './harness/postgres.ts';
import { percentile, type Report, short } from './harness/report.ts';
import { createEvents, openSluice } from './harness/sluice.ts';

const held = 50_000;
/** HubSpot's lowest rate for an app, which its simulator enforces, and what it takes for a call. */
const vendorRate = { calls: 100, windowMs: 10_000 };
const latencyMs = 150;
const perCall = 100;
const livePerSecond = 4;

/**
 * Held leads let go by a switch to Automatic while others come live, all to a HubSpot that refuses what is above its rate: how many calls it
 * refuses, how long a live lead takes, and how near the flush comes to what the vendor allows.
 */
export async function run(server: BenchServer): Promise<Report> {
  const vendor = await startHubspot({ rateMax: vendorRate.calls, latencyMs, dailyMax: 1_000_000 });
  const vendorUrls = { HUBSPOT: { authUrl: vendor.url, apiUrl: vendor.url } };
  const sluice = await openSluice(await server.create('bench_vendor_limits'), vendorUrls);
  const { services, viewer, sql } = sluice;
  const credentials = { hubspot: { accessToken: vendor.accessToken } };
  const { integrationId } = await connect(services, viewer, { vendor: 'HUBSPOT', credentials });
  const mappings = (['email', 'firstName', 'lastName'] as const).map((source) => ({
    source,
    remoteField: source.toLowerCase(),
    writeBehavior: 'OVERWRITE' as const,
    values: [],
  }));
  await setFieldMappings(services, viewer, { integrationId, mappings });
  await setSyncMode(services, viewer, { integrationId, mode: 'MANUAL', confirm: true });
  const [eventId = ''] = await createEvents(sluice, 1);
  await fillLeads(sql, [{ orgId: viewer.orgId, integrationId, eventId, count: held, state: 'PENDING' }]);
  await settleDatabase(sql);
  await sluice.startEngine();

  const startedAt = Date.now();
  await setSyncMode(services, viewer, { integrationId, mode: 'AUTOMATIC' });
  const stored = new Map<string, number>();
  let flushedAt = 0;
  for (let nth = 0; flushedAt === 0; nth++) {
    await wait(startedAt + (nth * 1_000) / livePerSecond - Date.now());
    const email = `live${nth}@example.test`;
    await captureLeads(services, viewer, { eventId, leads: [{ email, firstName: 'Ada', lastName: 'Byron' }] });
    stored.set(email, Date.now());
    const [left] = await sql<{ n: number }[]>`
      select count(*)::int as n from sync_items where state <> 'CLEARED' and captured_at < '2026-06-01'`;
    if (left?.n === 0) flushedAt = Date.now();
  }
  for (let known = 0; known < held + stored.size; known = vendor.contacts().length) await wait(50);
  await sluice.stop();
  await vendor.close();

  const calls = vendor.calls();
  const refused = calls.filter(({ status }) => status === 429).length;
  const arrivals = new Map(
    calls.flatMap(({ emails, at, status }) => (status < 300 ? emails.map((email) => [email, at]) : [])),
  );
  const waits = [...stored].map(([email, at]) => Math.max(0, (arrivals.get(email) ?? Number.NaN) - at));
  const flushMs = flushedAt - startedAt;
  const leastMs = ((held / perCall - vendorRate.calls) / vendorRate.calls) * vendorRate.windowMs;
  const p99 = percentile(waits, 99);
  const name = `${held.toLocaleString('en')} leads flushed to HubSpot at its limits, ${livePerSecond} more a second coming live`;
  return {
    rows: [
      {
        what: `${name}: calls refused for their rate`,
        ours: String(refused),
        against: `${calls.length} calls`,
        ratios: [refused / calls.length],
        goal: { atMost: 0.01 },
      },
      {
        what: 'the same: p99 of a live lead, captured to received, in windows of the vendor',
        ours: `${short(p99)} ms`,
        against: `${short(vendorRate.windowMs)} ms`,
        ratios: [p99 / vendorRate.windowMs],
        goal: { atMost: 0.1 },
      },
      {
        what: 'the same: the flush, against what the vendor allows at best',
        ours: `${short(flushMs / 1_000)} s`,
        against: `${short(leastMs / 1_000)} s`,
        ratios: [flushMs / leastMs],
        goal: { atMost: 1.5 },
      },
    ],
    notes: [
      `Live leads: median ${short(percentile(waits, 50))} ms, p99 ${short(p99)} ms, longest ${short(Math.max(...waits))} ms, of ${waits.length}.`,
    ],
  };
}
