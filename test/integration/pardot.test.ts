import { afterAll, expect, test } from 'vitest';
import { startPardot } from '../../simulators/pardot/start-pardot.ts';
import { listOperations } from '../../src/db/statements/operations.ts';
import { liveShare } from '../../src/domain/backlog.ts';
import { connect } from '../../src/sync/connect.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { outcomeOf, summaryOf } from '../../src/sync/verification/verification.ts';
import { verify } from '../../src/sync/verification/verify.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf } from '../support/tenant.ts';

let aheadMs = 0;
const dailyMax = 20;
const dayMs = 24 * 60 * 60_000;
const pardot = await startPardot({ clock: () => Date.now() + aheadMs, readLagMs: 60_000, dailyMax });
afterAll(() => pardot.close());
const world = await startWorld({
  vendorUrls: { PARDOT: { authUrl: pardot.url, apiUrl: pardot.url } },
  operations: { times: { sweepMs: 100 } },
});
const { services } = world;

const mapped = (source: string, remoteField: string) => ({
  source,
  remoteField,
  writeBehavior: 'OVERWRITE' as const,
  values: [],
});

/** On a new day, so that its calls are all there. */
async function given(fields: Record<string, string> = {}) {
  await forward(dayMs / 1_000);
  const tenant = await world.tenant();
  const { clientId, clientSecret } = pardot.login;
  const clientCredentials = { loginUrl: pardot.url, clientId, clientSecret };
  const credentials = { pardot: { businessUnitId: pardot.businessUnitId, clientCredentials } };
  const { integrationId } = await connect(services, tenant.admin, { vendor: 'PARDOT', credentials });
  const map = (more: Record<string, string>) =>
    setFieldMappings(services, tenant.admin, {
      integrationId,
      mappings: Object.entries({ email: 'email', ...more }).map(([source, field]) => mapped(source, field)),
    });
  await map(fields);
  return { tenant, integrationId, map, eventId: await tenant.createEvent() };
}

const lookUps = () =>
  pardot
    .calls()
    .filter(({ method, path, status }) => method === 'GET' && /prospects\/\d+$/.test(path) && status === 200).length;

/** The clocks of the database and of the vendor. */
async function forward(seconds: number): Promise<void> {
  aheadMs += seconds * 1_000;
  await world.forward(seconds);
}

/** Reads back what is CLEARED; `onWait` each time that the verification waits: nobody works on it then. */
async function readBack({ tenant, integrationId }: Awaited<ReturnType<typeof given>>, onWait: () => Promise<void>) {
  const operationId = await verify(services, tenant.operator, { integrationId, readBack: true });
  const look = async () => {
    const [row] = await listOperations(services.db, [{ orgId: tenant.orgId, operationId }]);
    if (!row) throw new Error('there is no such verification');
    const waits = row.owner === null && (row.progress as { phase?: string }).phase === 'READ_BACK';
    return { row, state: row.status !== 'RUNNING' ? 'ENDED' : waits ? 'WAITS' : 'GOES_ON' };
  };
  for (;;) {
    await expect.poll(async () => (await look()).state, { timeout: 10_000 }).not.toBe('GOES_ON');
    const { row, state } = await look();
    if (state === 'ENDED') return { outcome: outcomeOf(row), ...summaryOf(row).integrations[0]?.readBack };
    await onWait();
    await expect.poll(async () => (await look()).state, { timeout: 10_000 }).not.toBe('WAITS');
  }
}

test('a custom field that the API user may not list can be mapped all the same, and the vendor decides', async () => {
  pardot.setCustomFields([{ id: 1, name: 'Level', fieldId: 'Level', type: 'text', isRequired: false }]);
  pardot.forbid('custom-fields');
  const { tenant, integrationId, eventId, map } = await given({ company: 'Level__c' });
  await expect(map({ company: 'Levle' })).rejects.toThrow(/no "Levle"/);
  await tenant.capture(eventId, 1);
  await tenant.until(integrationId, { cleared: 1 });
  expect(pardot.prospects().at(-1)?.values).toMatchObject({ Level__c: 'Analytical Engines' });
  await map({ company: 'Other__c' });
  await tenant.capture(eventId, [leadOf(50)]);
  await tenant.until(integrationId, { cleared: 1, failed: 1 });
  const failed = (await tenant.items(integrationId)).find(({ status }) => status === 'FAILED');
  expect(failed?.error).toMatchObject({ category: 'MISSING_REMOTE_FIELD', vendorCode: '180', remoteField: 'Other__c' });
});

test('a verification does not call missing what was just written: it asks again once it can be read', async () => {
  const stand = await given();
  await stand.tenant.capture(stand.eventId, 2);
  await stand.tenant.until(stand.integrationId, { cleared: 2 });
  let waits = 0;
  const read = await readBack(stand, async () => {
    waits += 1;
    await forward(61);
  });
  expect(waits).toBe(1);
  expect(read).toMatchObject({ outcome: 'HOLDS', state: 'CHECKED', checked: 2, missing: 0 });
});

test('what is missing after that is missing', async () => {
  const stand = await given();
  await stand.tenant.capture(stand.eventId, 2);
  await stand.tenant.until(stand.integrationId, { cleared: 2 });
  const [item] = await stand.tenant.items(stand.integrationId);
  pardot.forgetProspect(Number(item?.remoteId));
  const read = await readBack(stand, () => forward(61));
  expect(read).toMatchObject({ outcome: 'FINDINGS', checked: 2, missing: 1 });
});

test('a verification leaves the calls of the day that are kept for live leads, and goes on when the day begins anew', async () => {
  const stand = await given();
  await stand.tenant.capture(stand.eventId, 12);
  await stand.tenant.until(stand.integrationId, { cleared: 12 });
  await forward(61);
  const before = lookUps();
  const left: number[] = [];
  const read = await readBack(stand, async () => {
    left.push(dailyMax - Number(pardot.usage().split('/')[0]));
    await forward(dayMs / 1_000);
  });
  expect(left).toEqual([dailyMax * liveShare]);
  expect(read).toMatchObject({ outcome: 'HOLDS', checked: 12, missing: 0 });
  expect(lookUps() - before).toBe(12);
});
