import { connect } from '../../src/sync/connect.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import { fillLeads } from '../harness/fill.ts';
import { settleDatabase } from '../harness/postgres.ts';
import { createEvents, openSluice } from '../harness/sluice.ts';
import type { Contender } from './contender.ts';

const pollMs = 20;

/** The program: the leads are frozen under Manual, and a switch to Automatic releases them. */
export const flushSluice: Contender = async (url, leads, meter) => {
  const sluice = await openSluice(url);
  const { services, viewer, sql } = sluice;
  const { integrationId } = await connect(services, viewer, { vendor: 'MARKETO', credentials: { marketo: {} } });
  const mapped = ['email', 'firstName', 'lastName', 'company'];
  const mappings = mapped.map((field) => ({
    source: field,
    remoteField: field,
    writeBehavior: 'OVERWRITE' as const,
    values: [],
  }));
  await setFieldMappings(services, viewer, { integrationId, mappings });
  await setSyncMode(services, viewer, { integrationId, mode: 'MANUAL', confirm: true });
  const [eventId = ''] = await createEvents(sluice, 1);
  await fillLeads(sql, [{ orgId: viewer.orgId, integrationId, eventId, count: leads, state: 'PENDING' }]);
  await settleDatabase(sql);
  await sluice.startEngine();

  const run = await meter.start();
  await setSyncMode(services, viewer, { integrationId, mode: 'AUTOMATIC' });
  for (;;) {
    const [counts] = await sql<{ cleared: number; at: string }[]>`
      select c.n as cleared, extract(epoch from l.last_at) * 1000 as at from counts c join sync_logs l using (org_id, integration_id)
      where c.org_id = ${viewer.orgId} and c.integration_id = ${integrationId} and c.event_id = ${eventId} and c.bucket = 'CLEARED'`;
    if (counts?.cleared === leads) {
      const flushed = await run.stop({ untilMs: Number(counts.at) }); // the last recorded, not when we looked
      await sluice.stop();
      return flushed;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
};
