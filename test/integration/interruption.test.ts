import { afterAll, describe, expect, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { connect } from '../../src/sync/connect.ts';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import { applyRecommendedMappings } from '../../src/sync/recommended-mappings.ts';
import { updateLead } from '../../src/sync/update-lead.ts';
import { startWorld } from '../support/engine.ts';

const hubspot = await startHubspot({ rateMax: null });
afterAll(() => hubspot.close());
const world = await startWorld({ vendorUrls: { HUBSPOT: { authUrl: hubspot.url, apiUrl: hubspot.url } } });
const { services } = world;

/** Two leads that HubSpot has, changed, and two that it has not: one batch, which goes in a call by id and then one by e-mail address. */
async function given() {
  const tenant = await world.tenant();
  const credentials = { hubspot: { accessToken: hubspot.accessToken } };
  const reconnect = (integrationId?: string) =>
    connect(services, tenant.admin, { vendor: 'HUBSPOT', credentials, integrationId });
  const { integrationId } = await reconnect();
  await applyRecommendedMappings(services, tenant.admin, { integrationId });
  const eventId = await tenant.createEvent();
  const leadIds = await tenant.capture(eventId, 2);
  await tenant.until(integrationId, { cleared: 2 });
  await disable(services, tenant.operator, { integrationId });
  for (const leadId of leadIds) await updateLead(services, tenant.operator, { leadId, jobTitle: 'Countess' });
  await tenant.capture(eventId, 2);
  const enableAll = () => enable(services, tenant.operator, { integrationId });
  const statesOf = async () => (await tenant.items(integrationId)).map(({ state }) => state);
  return { tenant, integrationId, enableAll, reconnect: () => reconnect(integrationId), statesOf };
}

describe('a push that is stopped at its second request', () => {
  test('by the rate: what was written is cleared, and the rest goes on by itself without having spent an attempt', async () => {
    const { tenant, integrationId, enableAll } = await given();
    const body = '{"policyName":"SECONDLY"}';
    hubspot.fault({ kind: 'status', status: 429, body, path: '/batch/upsert' });
    await enableAll();
    const waiting = await tenant.untilItems(integrationId, (items) => items[2]?.error?.category === 'RATE_LIMITED');
    expect(waiting).toMatchObject([
      { state: 'CLEARED' },
      { state: 'CLEARED' },
      { state: 'PENDING', failures: 0 },
      { state: 'PENDING', failures: 0 },
    ]);
    await tenant.until(integrationId, { cleared: 4 });
  });

  test.for([
    [401, { connection: 'NEEDS_AUTHORIZATION' }],
    [403, { permitted: false }],
  ] as const)(
    'by HTTP %i: everything is held and nobody fails; after connecting again all goes on',
    async ([status, gate]) => {
      const { tenant, integrationId, enableAll, reconnect, statesOf } = await given();
      hubspot.fault({ kind: 'status', status, path: '/batch/upsert' });
      await enableAll();
      await tenant.untilIntegration(integrationId, (view) =>
        Object.entries(gate).every(([name, value]) => view.gate[name as keyof typeof gate] === value),
      );
      expect(
        (await tenant.untilItems(integrationId, (items) => items.every(({ state }) => state !== 'SYNCING'))).map(
          ({ failures }) => failures,
        ),
      ).toEqual([0, 0, 0, 0]);
      expect(await statesOf()).toEqual(['CLEARED', 'CLEARED', 'PENDING', 'PENDING']);
      await reconnect();
      await tenant.until(integrationId, { cleared: 4, failed: 0 });
    },
  );
});
