import { fileURLToPath } from 'node:url';
import { resolveColumns } from '../src/cli/import/csv-columns.ts';
import { readCsvFile } from '../src/cli/import/csv-file.ts';
import { openCsv } from '../src/cli/import/csv-rows.ts';
import { findEvent } from '../src/cli/import/find-event.ts';
import { importLeads } from '../src/cli/import/import-leads.ts';
import type { DemoApi } from './api.ts';
import type { StartedVendor } from './vendors/start-vendors.ts';

/** Ids of the events that leads arrive at. */
export interface Stage {
  past: string;
  running: string;
  coming: string;
}

/** Connects the vendors and makes the events, or finds what an earlier start made. What is kept of the vendors is told the integrations' ids. */
export async function setUp(api: DemoApi, started: readonly StartedVendor[]): Promise<Stage> {
  for (const vendor of started) {
    vendor.kept.integrationId = await connect(api, vendor);
    await mapFields(api, vendor.kept.integrationId, vendor);
  }
  return makeEvents(api);
}

async function connect(api: DemoApi, { vendor, name, credentials, kept, moved }: StartedVendor): Promise<string> {
  const input = { vendor, name, credentials };
  const known = kept.integrationId === null ? null : await api.findIntegration(kept.integrationId);
  if (!known) return (await api.connect(input)).id;
  // Somebody disconnected it to see what happens: so it stays.
  if (!moved || known.connection.status === 'DISCONNECTED') return known.id;
  const { accountChanged } = await api.connect({ ...input, integrationId: known.id });
  // It is the same vendor at another address, which Sluice can't know: to be safe it became Manual.
  if (accountChanged && known.syncMode.mode === 'AUTOMATIC') await api.setAutomatic(known.id);
  return known.id;
}

async function mapFields(api: DemoApi, integrationId: string, { mappings }: StartedVendor): Promise<void> {
  const integration = await api.findIntegration(integrationId);
  if (integration?.fieldMappings.length !== 0 || mappings?.length === 0) return;
  if (mappings) await api.setFieldMappings(integrationId, mappings);
  else await api.applyRecommendedMappings(integrationId);
}

const dayMs = 86_400_000;

async function makeEvents(api: DemoApi): Promise<Stage> {
  const dayFromNow = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 10);
  const sinceMonday = (new Date().getUTCDay() + 6) % 7;
  const monday = dayFromNow(-sinceMonday);
  const past = await findOrCreate(api, 'Spring Summit', '2026-05-12', '2026-05-14', 'Europe/Berlin');
  if (past.leadCount === 0) await importSample(api, past.id);
  const week = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    new Date(monday),
  );
  // A name per week: the event is still running when the demo is started again next month.
  const running = await findOrCreate(
    api,
    `Harbor Expo, week of ${week}`,
    monday,
    dayFromNow(6 - sinceMonday),
    'America/New_York',
  );
  const coming = await findOrCreate(api, 'Winter Forum', dayFromNow(40), dayFromNow(42), 'Asia/Tokyo');
  return { past: past.id, running: running.id, coming: coming.id };
}

async function findOrCreate(api: DemoApi, name: string, startsOn: string, endsOn: string, timeZone: string) {
  const found = await findEvent(api.client, name);
  return found ?? { id: await api.createEvent({ name, startsOn, endsOn, timeZone }), leadCount: 0 };
}

/** What `sluice import samples/leads.csv` does. */
async function importSample(api: DemoApi, eventId: string): Promise<void> {
  const table = openCsv(await readCsvFile(fileURLToPath(new URL('../samples/leads.csv', import.meta.url))));
  const columns = resolveColumns(table.header);
  const { stopped } = await importLeads(table, { client: api.client, eventId, columns }, () => {});
  if (stopped) throw stopped;
}
