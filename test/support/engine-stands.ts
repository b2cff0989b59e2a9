import { expect } from 'vitest';
import { disable } from '../../src/sync/disable.ts';
import { enable } from '../../src/sync/enable.ts';
import type { World } from './engine.ts';
import type { Tenant } from './tenant.ts';

/** Where Marketo takes leads. */
export const leadsPath = '/rest/v1/leads.json';

/** Integrations to push to, each with an event, in an organization of its own. */
export function engineStands(world: World) {
  const { services } = world;

  async function givenMarketo(...[options, mappings]: Parameters<Tenant['connectMarketo']>) {
    const tenant = await world.tenant();
    const stand = await tenant.connectMarketo(options, mappings);
    const pushes = () => stand.marketo.calls().filter(({ method, path }) => method === 'POST' && path === leadsPath);
    return { tenant, ...stand, pushes, eventId: await tenant.createEvent() };
  }

  async function givenWebhook() {
    const tenant = await world.tenant();
    const stand = await tenant.connectWebhook();
    return { tenant, ...stand, eventId: await tenant.createEvent() };
  }

  /** Captures while the gate is closed, so that everything is there when it opens. */
  async function captureAtOnce(tenant: Tenant, integrationId: string, capture: () => Promise<unknown>) {
    await disable(services, tenant.operator, { integrationId });
    await capture();
    await enable(services, tenant.operator, { integrationId });
  }

  /** What a drain knows when it begins is what it goes by. */
  const untilNoDrain = (integrationId: string) =>
    expect
      .poll(async () => {
        const drains = await world.database.sql`
          select from pgboss.job where singleton_key = ${integrationId} and name = 'drain' and state in ('created', 'active')`;
        return drains.length;
      })
      .toBe(0);

  return { givenMarketo, givenWebhook, captureAtOnce, untilNoDrain };
}
