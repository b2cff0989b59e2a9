import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import type { World } from './engine.ts';
import type { Tenant } from './tenant.ts';

/** What tests of the gate begin with. */
export function gateStand(world: World) {
  const { services } = world;

  /** A tenant with a Marketo integration and an event. */
  async function given(options?: Parameters<Tenant['connectMarketo']>[0]) {
    const tenant = await world.tenant();
    const stand = await tenant.connectMarketo(options);
    const eventId = await tenant.createEvent();
    const { integrationId } = stand;
    const manual = () => setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const automatic = () => setSyncMode(services, tenant.operator, { integrationId, mode: 'AUTOMATIC' });
    return { tenant, stand, eventId, integrationId, marketo: stand.marketo, manual, automatic };
  }

  return { given };
}
