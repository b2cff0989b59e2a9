import { expect } from 'vitest';
import { retry, retryEvent } from '../../src/sync/retry.ts';
import type { Selection } from '../../src/sync/selection.ts';
import { setSyncMode } from '../../src/sync/set-sync-mode.ts';
import type { World } from './engine.ts';
import { leadOf, type Tenant } from './tenant.ts';

/** Leads of one address are pushed one at a time. */
export const same = { email: 'same@example.test' };

/** What tests of retries begin with. */
export function retryStand(world: World) {
  const { services } = world;

  /** A Manual integration, so that nothing leaves but what a retry releases. */
  async function given(options?: Parameters<Tenant['connectMarketo']>[0]) {
    const tenant = await world.tenant();
    const { integrationId, marketo } = await tenant.connectMarketo(options);
    await setSyncMode(services, tenant.operator, { integrationId, mode: 'MANUAL', confirm: true });
    const eventId = await tenant.createEvent();
    const select = (selection: Selection) => retry(services, tenant.operator, { integrationId, select: selection });
    const retryAll = (groups?: ('PRE_SYNC' | 'FAILED' | 'CLEARED')[]) =>
      retryEvent(services, tenant.operator, { integrationId, eventId, groups });
    const statuses = async () =>
      Object.fromEntries((await tenant.items(integrationId)).map(({ externalId, status }) => [externalId, status]));
    return { tenant, integrationId, marketo, eventId, select, retryAll, statuses };
  }

  /** Three leads of one address that the vendor refused; and none of its refusals is left. */
  async function givenFailed() {
    const stand = await given();
    const { tenant, integrationId, marketo, eventId, retryAll } = stand;
    marketo.fault({ kind: 'record', code: '1007', times: 3 });
    await tenant.capture(eventId, [leadOf(1, same), leadOf(2, same), leadOf(3, same)]);
    expect(await tenant.untilRetry(await retryAll())).toMatchObject({ total: 3, failed: 3 });
    expect(await tenant.counts(integrationId)).toMatchObject({ failed: 3 });
    return stand;
  }

  return { given, givenFailed };
}
