import { onTestFinished, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import type { FieldMapping } from '../../src/domain/mapping.ts';
import { connect } from '../../src/sync/connect.ts';
import { setFieldMappings } from '../../src/sync/set-field-mappings.ts';
import { startWorld } from '../support/engine.ts';
import { leadOf } from '../support/tenant.ts';

const hubspot = await startHubspot({ rateMax: null });
const world = await startWorld({ vendorUrls: { HUBSPOT: { authUrl: hubspot.url, apiUrl: hubspot.url } } });
const { services } = world;

test('an option that the vendor refuses is an answer to be mapped where it comes from a qualifier, and a bad value where it does not', async () => {
  onTestFinished(() => hubspot.close());
  const tenant = await world.tenant();
  const credentials = { hubspot: { accessToken: hubspot.accessToken } };
  const { integrationId } = await connect(services, tenant.admin, { vendor: 'HUBSPOT', credentials });
  const mappingOf = (source: string, remoteField: string): FieldMapping => ({
    source,
    remoteField,
    writeBehavior: 'OVERWRITE',
    values: [],
  });
  await setFieldMappings(services, tenant.admin, {
    integrationId,
    mappings: [mappingOf('email', 'email'), mappingOf('qualifier:Role', 'jobtitle'), mappingOf('company', 'company')],
  });
  const message = 'It was not one of the allowed options.';
  for (const [email, field] of [
    ['lead1@example.test', 'jobtitle'],
    ['lead2@example.test', 'company'],
  ] as const) {
    hubspot.fault({ kind: 'record', code: 'INVALID_OPTION', message, field, email });
  }
  const role = { qualifiers: [{ name: 'Role', values: ['Buyer'] }] };
  await tenant.capture(await tenant.createEvent(), [leadOf(1, role), leadOf(2, role)]);
  await tenant.untilItems(integrationId, (items) => {
    const told = items.map(({ category, failedValue, error }) => [category, failedValue, error?.vendorCode]);
    return (
      JSON.stringify(told.toSorted()) ===
      JSON.stringify([
        ['DATA_VALUE_VALIDATION', leadOf(2).company, 'INVALID_OPTION'],
        ['NO_TAG_MAPPING', 'Buyer', 'INVALID_OPTION'],
      ])
    );
  });
});
