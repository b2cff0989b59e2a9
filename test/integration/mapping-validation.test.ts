import { describe, expect, test } from 'vitest';
import { remoteFields } from '../../src/db/tables/index.ts';
import type { FieldMapping, RemoteField } from '../../src/domain/mapping.ts';
import { startWorld } from '../support/engine.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';
import { leadOf } from '../support/tenant.ts';

const world = await startWorld({ worker: false });
const { services } = world;

const field = (name: string, more: Partial<RemoteField> = {}): RemoteField => ({
  ...{ name, label: name, type: 'string', required: false, readOnly: false, maxLength: null, options: null },
  ...more,
});
const described = [
  field('email', { required: true }),
  field('leadStatus', { options: ['New', 'Working'], multiple: false }),
  field('topics', { options: ['Pumps', 'Valves'], multiple: true }),
  field('source', { options: ['Web', 'Fair'], multiple: false, open: true }),
  field('region', { required: true }),
  field('createdAt', { readOnly: true, required: true }),
];

const document = /* GraphQL */ `
  mutation ($input: SetFieldMappingsInput!) {
    setFieldMappings(input: $input) {
      __typename
      ... on ValidationError { fieldErrors { path message } }
      ... on SetFieldMappingsSuccess { warnings { path message } }
    }
  }
`;

/** An integration whose vendor is known to have these fields; null: they were never read. */
async function given(fields: RemoteField[] | null = described) {
  const tenant = await world.tenant();
  const { integrationId } = await tenant.connectMarketo({}, []);
  await services.db.delete(remoteFields);
  if (fields)
    await services.db.insert(remoteFields).values({ orgId: tenant.orgId, integrationId, fields, readAt: new Date() });
  const client = new SchemaClient(services, tenant.admin);
  const save = async (...mappings: Partial<FieldMapping>[]) =>
    (await client.data(document, { input: { integrationId: globalId('Integration', integrationId), mappings } }))
      .setFieldMappings;
  return { tenant, integrationId, save };
}

const email = { source: 'email', remoteField: 'email' };
const region = { source: 'attribute:Region', remoteField: 'region' };

describe('mappings are refused when they are saved', () => {
  test.for([
    ['a field that is not there', { source: 'phone', remoteField: 'mobile' }, 'mappings.1.remoteField', '"mobile"'],
    ['a field that is read-only', { source: 'phone', remoteField: 'createdAt' }, 'mappings.1.remoteField', 'read-only'],
    ['a field that has a source already', { source: 'phone', remoteField: 'email' }, 'mappings.1.remoteField', 'twice'],
    [
      'an option that is not there',
      { source: 'qualifier:Status', remoteField: 'leadStatus', values: [{ value: 'Hot', remoteValue: 'Boiling' }] },
      'mappings.1.values',
      'New, Working',
    ],
    [
      'a qualifier of several values for a field of one option',
      { source: 'qualifier:Topics', remoteField: 'leadStatus' },
      'mappings.1.source',
      'several',
    ],
  ] as const)('%s', async ([, mapping, path, words]) => {
    const { tenant, save } = await given();
    await tenant.capture(await tenant.createEvent(), [
      leadOf(0, { qualifiers: [{ name: 'Topics', values: ['Pumps', 'Valves'] }] }),
    ]);
    const refused = await save(email, { ...mapping, values: 'values' in mapping ? [...mapping.values] : [] });
    expect(refused).toMatchObject({ __typename: 'ValidationError', fieldErrors: [{ path }] });
    expect(refused.fieldErrors[0].message).toContain(words);
  });
});

test('a qualifier of several values goes to a field of several options', async () => {
  const { tenant, save } = await given();
  await tenant.capture(await tenant.createEvent(), [
    leadOf(0, { qualifiers: [{ name: 'Topics', values: ['Pumps', 'Valves'] }] }),
  ]);
  expect(await save(email, region, { source: 'qualifier:Topics', remoteField: 'topics' })).toEqual({
    __typename: 'SetFieldMappingsSuccess',
    warnings: [],
  });
});

test('an option that is not there goes to a field that takes other values as well', async () => {
  const { save } = await given();
  const values = [{ value: 'Hot', remoteValue: 'Hall 7' }];
  expect(await save(email, region, { source: 'qualifier:Status', remoteField: 'source', values })).toMatchObject({
    __typename: 'SetFieldMappingsSuccess',
  });
});

test('fields that were never read refuse nothing', async () => {
  const { save } = await given(null);
  expect(await save(email, { source: 'phone', remoteField: 'whatever' })).toEqual({
    __typename: 'SetFieldMappingsSuccess',
    warnings: [],
  });
});

test('what keeps every lead from being pushed is saved with a warning: no match key, a required field without a source', async () => {
  const { save } = await given();
  const saved = await save({ source: 'phone', remoteField: 'leadStatus' });
  expect(saved).toMatchObject({ __typename: 'SetFieldMappingsSuccess' });
  expect(saved.warnings.map(({ message }: { message: string }) => message)).toEqual([
    expect.stringContaining('nothing is mapped to email'),
    expect.stringContaining('nothing is mapped to region'),
  ]);
  expect((await save(email, region)).warnings).toEqual([]);
  expect((await save()).warnings).toEqual([]);
});

test('what the mappings that are there lack is told at any time, and with the fields as they are read by then', async () => {
  const { tenant, save, integrationId } = await given();
  await save({ source: 'phone', remoteField: 'leadStatus' });
  const read = async () => {
    const query =
      'query ($id: ID!) { integration(id: $id) { canWriteIfBlank mappingWarnings { remoteField message } } }';
    const client = new SchemaClient(services, tenant.viewer);
    return (await client.data(query, { id: globalId('Integration', integrationId) })).integration;
  };
  const about = (field: string) => ({ remoteField: field, message: expect.stringContaining(`mapped to ${field},`) });
  expect(await read()).toEqual({ canWriteIfBlank: true, mappingWarnings: [about('email'), about('region')] });
  await services.db.update(remoteFields).set({ fields: [field('email'), field('country', { required: true })] });
  expect((await read()).mappingWarnings).toEqual([about('email'), about('country')]);
  await save();
  expect((await read()).mappingWarnings).toEqual([]); // nothing is mapped at all, which holds every lead
});

test('a mapping that is there is kept though its field vanished since, so that another can be mended', async () => {
  const { save, integrationId, tenant } = await given();
  await save(email, { source: 'phone', remoteField: 'leadStatus' });
  await services.db.delete(remoteFields);
  const fields = described.filter(({ name }) => name !== 'leadStatus');
  await services.db.insert(remoteFields).values({ orgId: tenant.orgId, integrationId, fields, readAt: new Date() });
  expect(await save(email, region, { source: 'phone', remoteField: 'leadStatus' })).toMatchObject({
    __typename: 'SetFieldMappingsSuccess',
  });
});
