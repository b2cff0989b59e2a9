import { fileURLToPath } from 'node:url';
import { resolveColumns } from '../src/cli/import/csv-columns.ts';
import { readCsvFile } from '../src/cli/import/csv-file.ts';
import { openCsv } from '../src/cli/import/csv-rows.ts';
import { findEvent } from '../src/cli/import/find-event.ts';
import { importLeads } from '../src/cli/import/import-leads.ts';
import type { DemoApi, Fields } from './api.ts';
import type { Kept } from './kept.ts';
import type { Vendors } from './vendors.ts';

/** Ids of the events that leads arrive at. */
export interface Stage {
  past: string;
  running: string;
  coming: string;
}

const marketoMappings: Fields[] = [
  { source: 'email', remoteField: 'email' },
  { source: 'firstName', remoteField: 'firstName' },
  { source: 'lastName', remoteField: 'lastName' },
  { source: 'company', remoteField: 'company' },
  { source: 'jobTitle', remoteField: 'title' },
  { source: 'phone', remoteField: 'phone', writeBehavior: 'WRITE_IF_BLANK' },
  { source: 'attribute:Industry', remoteField: 'industry' },
  { source: 'attribute:Country', remoteField: 'country' },
  { source: 'attribute:Notes', remoteField: 'sluiceNotes' },
  {
    source: 'qualifier:Lead Type',
    remoteField: 'leadRating',
    values: [
      { value: 'Hot', remoteValue: 'A - Hot' },
      { value: 'Warm', remoteValue: 'B - Warm' },
      { value: 'Cold', remoteValue: 'C - Cold' },
      { value: 'Disqualified', remoteValue: 'D - Disqualified' },
    ],
  },
  { source: 'qualifier:Products', remoteField: 'sluiceInterest' },
];

/** Connects the vendors and makes the events, or finds what an earlier start made. `kept` is told the integrations' ids. */
export async function setUp(api: DemoApi, kept: Kept, vendors: Vendors): Promise<Stage> {
  const { marketo, receiver } = vendors;
  const { clientId, clientSecret } = kept.marketo;
  kept.marketo.integrationId = await connect(api, kept.marketo.integrationId, vendors.marketoMoved, {
    vendor: 'MARKETO',
    name: 'Marketo',
    credentials: { marketo: { baseUrl: marketo.url, clientId, clientSecret } },
  });
  await mapFields(api, kept.marketo.integrationId);
  kept.webhook.integrationId = await connect(api, kept.webhook.integrationId, vendors.receiverMoved, {
    vendor: 'WEBHOOK',
    name: 'Data warehouse',
    credentials: { webhook: { url: receiver.url, secret: kept.webhook.secret } },
  });
  return makeEvents(api);
}

async function connect(api: DemoApi, knownId: string | null, moved: boolean, input: Fields): Promise<string> {
  const known = knownId === null ? null : await api.findIntegration(knownId);
  if (!known) return (await api.connect(input)).id;
  // Somebody disconnected it to see what happens: so it stays.
  if (!moved || known.connection.status === 'DISCONNECTED') return known.id;
  const { accountChanged } = await api.connect({ ...input, integrationId: known.id });
  // It is the same vendor at another address, which Sluice can't know: to be safe it became Manual.
  if (accountChanged && known.syncMode.mode === 'AUTOMATIC') await api.setAutomatic(known.id);
  return known.id;
}

async function mapFields(api: DemoApi, integrationId: string): Promise<void> {
  const integration = await api.findIntegration(integrationId);
  if (integration?.fieldMappings.length === 0) await api.setFieldMappings(integrationId, marketoMappings);
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
