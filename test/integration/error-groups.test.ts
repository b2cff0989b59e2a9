import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { SyncErrorData } from '../../src/domain/error-categories.ts';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant, watchStatements } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const database = (await createDatabase()).open();
const services = await createServices(database);
const statements = watchStatements(database);

const groupsQuery = /* GraphQL */ `
  query ($id: ID!, $event: ID) {
    reconciliation(integrationId: $id, eventId: $event) {
      errorGroups { category count firstSeenAt lastSeenAt repeated fields { remoteField count values { value count } } }
    }
  }
`;

const second = (seconds: number) => new Date(Date.UTC(2026, 5, 1, 12, 0, seconds));
const told = (seconds: number) => second(seconds).toISOString();

interface Failure {
  category?: SyncErrorData['category'];
  field?: string | null;
  value?: string | null;
  at: number;
  repeated?: boolean;
}

/** Fails an item, as the engine would have at that second. */
async function fail(tenant: Tenant, itemId: string | undefined, failure: Failure): Promise<void> {
  const { category = 'DATA_VALUE_VALIDATION', field = 'phone', value = null, at, repeated = false } = failure;
  await tenant.move([itemId ?? ''], {
    state: 'FAILED',
    cause: 'ANSWERED',
    failedAt: second(at),
    failedValue: value,
    repeated,
    error: { category, message: 'Refused.', vendorCode: null, vendorMessage: null, remoteField: field },
  });
}

test('a group says when it was first and last seen, which fields and values are concerned, and how often a retry did not help', async () => {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  const [here, there] = [await tenant.createEvent(), await tenant.createEvent()];
  await tenant.captureLeads(here, 6);
  await tenant.captureLeads(there, 3);
  const items = (await tenant.listItems(integrationId)).map(({ id }) => id);
  await fail(tenant, items[0], { value: '0800', at: 10 });
  await fail(tenant, items[1], { value: '0800', at: 40, repeated: true });
  await fail(tenant, items[2], { value: 'none', at: 20, repeated: true });
  await fail(tenant, items[3], { field: 'company', value: 'x'.repeat(200), at: 30 });
  await fail(tenant, items[4], { field: null, at: 31 });
  await fail(tenant, items[5], { category: 'DUPLICATE', field: null, at: 32 });
  await fail(tenant, items[6], { value: '0800', at: 50 });
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const read = async (event: string | null) =>
    (await client.data(groupsQuery, { id: globalId('Integration', integrationId), event })).reconciliation.errorGroups;

  const ofCompany = { remoteField: 'company', count: 1, values: [{ value: 'x'.repeat(200), count: 1 }] };
  expect(await read(null)).toEqual([
    {
      category: 'DATA_VALUE_VALIDATION',
      count: 6,
      firstSeenAt: told(10),
      lastSeenAt: told(50),
      repeated: 2,
      fields: [
        {
          remoteField: 'phone',
          count: 4,
          values: [
            { value: '0800', count: 3 },
            { value: 'none', count: 1 },
          ],
        },
        ofCompany,
      ],
    },
    { category: 'DUPLICATE', count: 1, firstSeenAt: told(32), lastSeenAt: told(32), repeated: 0, fields: [] },
  ]);
  expect(await read(globalId('Event', here))).toMatchObject([
    { count: 5, firstSeenAt: told(10), lastSeenAt: told(40), repeated: 2, fields: [{ count: 3 }, { count: 1 }] },
    { count: 1 },
  ]);
  expect(await read(globalId('Event', there))).toMatchObject([
    {
      count: 1,
      firstSeenAt: told(50),
      lastSeenAt: told(50),
      repeated: 0,
      fields: [{ values: [{ value: '0800' }] }],
    },
  ]);

  // A retry takes them out of the group, and out of what it tells.
  await tenant.move([items[1] ?? '', items[6] ?? ''], { state: 'PENDING', cause: 'RETRIED' });
  expect(await read(null)).toMatchObject([
    { count: 4, lastSeenAt: told(31), repeated: 1, fields: [{ count: 2 }, ofCompany] },
    { category: 'DUPLICATE' },
  ]);
});

test('the counts cost nothing more: what is not asked for is not read, and all groups are read together', async () => {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  await tenant.captureLeads(await tenant.createEvent(), 4);
  const items = (await tenant.listItems(integrationId)).map(({ id }) => id);
  for (const [index, category] of (['DUPLICATE', 'TIMEOUT', 'UNKNOWN', 'DATA_VALUE_VALIDATION'] as const).entries()) {
    await fail(tenant, items[index], { category, at: index });
  }
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const id = globalId('Integration', integrationId);
  statements();
  await client.data(
    'query ($id: ID!) { reconciliation(integrationId: $id) { errorGroups { category count repeated } } }',
    { id },
  );
  expect(statements()).toHaveLength(1);
  const { reconciliation } = await client.data(groupsQuery, { id });
  expect(reconciliation.errorGroups).toHaveLength(4);
  expect(statements()).toHaveLength(3);
});

test('fields and values are those of the newest 10,000 of a group, and of each field the ten and five most frequent', async () => {
  const tenant = await Tenant.create(services);
  const integrationId = await tenant.createIntegration('MARKETO');
  await tenant.captureLeads(await tenant.createEvent(), 1_000);
  for (const _ of Array.from({ length: 10 })) await tenant.captureLeads(await tenant.createEvent(), 1_000);
  const error = { category: 'DATA_VALUE_VALIDATION', message: 'no', vendorCode: null, vendorMessage: null };
  // The k-th that failed: the first 1,000 by a field of their own, the others by twelve fields and seven values.
  await services.db.execute(sql`
    with numbered as (
      select id, row_number() over (order by captured_at, id) - 1 as k from sync_items where integration_id = ${integrationId})
    update sync_items s set state = 'FAILED', version = version + 1, cause = 'ANSWERED', failed_at = '2026-06-01'::timestamptz + k * interval '1 second',
      failed_value = 'value ' || k % 7,
      error = ${JSON.stringify(error)}::jsonb || jsonb_build_object('remoteField', case when k < 1000 then 'old' else 'field ' || k % 12 end)
    from numbered n where s.id = n.id`);
  const client = new SchemaClient(services, tenant.viewer('VIEWER'));
  const { reconciliation } = await client.data(groupsQuery, { id: globalId('Integration', integrationId) });
  const [group] = reconciliation.errorGroups;
  expect(group.count).toBe(11_000);
  expect(group.fields).toHaveLength(10);
  const names = group.fields.map(({ remoteField }: { remoteField: string }) => remoteField);
  expect(names).not.toContain('old');
  for (const { values } of group.fields) expect(values).toHaveLength(5);
});
