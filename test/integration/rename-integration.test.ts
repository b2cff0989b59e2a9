import { expect, test } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { createServices, Tenant } from '../support/factory.ts';
import { globalId, SchemaClient } from '../support/graphql.ts';

const services = await createServices((await createDatabase()).open());

const rename = /* GraphQL */ `
  mutation ($input: RenameIntegrationInput!) {
    done: renameIntegration(input: $input) {
      __typename
      ... on RenameIntegrationSuccess {
        integration { name syncMode { version } changes { edges { node { kind by before after } } } }
      }
      ... on ValidationError { fieldErrors { path } }
      ... on ForbiddenError { requiredRole }
    }
  }
`;

async function given() {
  const tenant = await Tenant.create(services);
  const integrationId = globalId('Integration', await tenant.createIntegration());
  const as = (viewer: ReturnType<Tenant['viewer']>) => async (name: string) =>
    (await new SchemaClient(services, viewer).data(rename, { input: { integrationId, name } })).done;
  return { tenant, as };
}

test('a renamed integration has the name, and its history says who gave it', async () => {
  const { tenant, as } = await given();
  const call = as(tenant.viewer());
  const { integration } = await call('  Marketo, Europe ');
  expect(integration).toMatchObject({ name: 'Marketo, Europe', syncMode: { version: 1 } });
  expect(integration.changes.edges).toMatchObject([
    { node: { kind: 'RENAMED', by: 'ADMIN of a test', after: { name: 'Marketo, Europe' } } },
  ]);
  const again = await call('Marketo, Europe');
  expect(again.integration).toEqual(integration);
});

test('a name has 1 to 200 characters', async () => {
  const { tenant, as } = await given();
  for (const name of ['', '   ', 'x'.repeat(201), 'a\0b']) {
    expect(await as(tenant.viewer())(name)).toEqual({ __typename: 'ValidationError', fieldErrors: [{ path: 'name' }] });
  }
});

test('administrators of its organization rename it, and nobody else', async () => {
  const { tenant, as } = await given();
  for (const role of ['VIEWER', 'OPERATOR'] as const) {
    expect(await as(tenant.viewer(role))('Mine')).toEqual({ __typename: 'ForbiddenError', requiredRole: 'ADMIN' });
  }
  const stranger = await Tenant.create(services);
  expect(await as(stranger.viewer())('Mine')).toEqual({ __typename: 'NotFoundError' });
});
