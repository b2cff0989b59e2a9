import { and, asc, eq } from 'drizzle-orm';
import { leads } from '../../src/db/tables/index.ts';
import { type UpdateLead, updateLead } from '../../src/sync/update-lead.ts';
import type { World } from './engine.ts';
import type { Tenant } from './tenant.ts';

/** What tests of leads begin with, and how they look at them. */
export function leadsStand(world: World) {
  const { services } = world;

  /** A tenant with an event and no integration: leads alone. */
  async function givenEvent() {
    const tenant = await world.tenant();
    return { tenant, eventId: await tenant.createEvent() };
  }

  async function givenMarketo() {
    const { tenant, eventId } = await givenEvent();
    const stand = await tenant.connectMarketo();
    const pushes = () => stand.marketo.calls().filter(({ emails }) => emails.length > 0);
    return { tenant, eventId, ...stand, pushes };
  }

  const leadsOf = (tenant: Tenant) =>
    services.db.select().from(leads).where(eq(leads.orgId, tenant.orgId)).orderBy(asc(leads.id));

  async function leadById(tenant: Tenant, id: string) {
    const [lead] = await services.db
      .select()
      .from(leads)
      .where(and(eq(leads.orgId, tenant.orgId), eq(leads.id, id)));
    return lead;
  }

  const edit = (tenant: Tenant, leadId: string, patch: Omit<UpdateLead, 'leadId'>) =>
    updateLead(services, tenant.operator, { leadId, ...patch });

  return { givenEvent, givenMarketo, leadsOf, leadById, edit };
}
