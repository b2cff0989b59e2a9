import type { IntegrationView } from '../db/statements/integration-views.ts';
import { NotFoundError } from '../domain/errors.ts';
import { categoryOfVendor, vendors } from '../domain/vendors.ts';
import { builder } from './builder.ts';
import { ConnectionStatusType, IntegrationCategoryType, VendorType } from './enums.ts';
import { FlowRef } from './flow.ts';
import { idOf } from './ids.ts';
import { requireKnown } from './known.ts';
import { IntegrationRef } from './refs.ts';

const ConnectionStateRef = builder.objectRef<IntegrationView>('ConnectionState').implement({
  description: 'The connection to the vendor.',
  fields: (t) => ({
    status: t.field({
      type: ConnectionStatusType,
      description: 'Whether it can be used.',
      resolve: ({ gate }) => gate.connection,
    }),
    account: t.exposeString('accountName', {
      nullable: true,
      description: 'The account at the vendor, as the vendor names it. Kept after disconnecting: the last one.',
    }),
    connectedAt: t.expose('connectedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was connected last.',
    }),
    connectedBy: t.exposeString('connectedBy', {
      nullable: true,
      description: 'The key or person that connected it last.',
    }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'Why the connection is not usable, in plain words for an administrator; null while it is.',
    }),
  }),
});

builder.node(IntegrationRef, {
  description: 'A connection of the organization to one account of a vendor, with its setting, mappings and work list.',
  id: { resolve: (integration) => integration.id },
  fields: (t) => ({
    vendor: t.expose('vendor', { type: VendorType, description: 'The tool that leads are pushed to. Never changes.' }),
    category: t.field({
      type: IntegrationCategoryType,
      description: 'What kind of tool that is.',
      resolve: ({ vendor }) => categoryOfVendor[vendor],
    }),
    name: t.exposeString('name', { description: 'For people; given when it was connected.' }),
    connection: t.field({
      type: ConnectionStateRef,
      description: 'Whether and as whom we are connected.',
      resolve: (integration) => integration,
    }),
    flow: t.field({
      type: FlowRef,
      description: 'Whether leads are leaving now.',
      resolve: (integration) => integration,
    }),
  }),
});

builder.queryFields((t) => ({
  integrations: t.field({
    type: [IntegrationRef],
    description: 'All integrations of the organization, disconnected ones included, oldest first.',
    args: { category: t.arg({ type: IntegrationCategoryType, description: 'Only those of this kind.' }) },
    resolve: (_root, { category }, context) =>
      context.loaders.integrations.load(
        category ? vendors.filter((vendor) => categoryOfVendor[vendor] === category) : vendors,
      ),
  }),
  integration: t.field({
    type: IntegrationRef,
    nullable: true,
    description: 'One integration; null when there is no such.',
    args: { id: t.arg.id({ required: true, description: 'Of the integration.' }) },
    resolve: (_root, args, context) => {
      const id = idOf('Integration', args.id);
      return id === null ? null : context.loaders.integration.load(id);
    },
  }),
}));

builder.subscriptionField('integrationChanged', (t) =>
  t.field({
    type: IntegrationRef,
    description:
      'The setting, the connection, the mappings or the flow changed. Sends the present state first (of each integration when no id is given), ' +
      'then the state after a change, within a quarter of a second. Changes in quick succession are told as one.',
    args: {
      integrationId: t.arg.id({
        description: 'Only this one; NOT_FOUND when there is no such. Absent: all of the organization.',
      }),
    },
    subscribe: async (_root, args, context) => {
      const integrationId =
        args.integrationId == null ? null : await requireKnown(context, 'Integration', args.integrationId);
      return context.feed.integrations({ orgId: context.viewer.orgId, integrationId }, context.ended);
    },
    resolve: async (id, _args, context) => {
      const integration = await context.loaders.integration.load(id);
      if (!integration) throw new NotFoundError('integration'); // deleted since
      return integration;
    },
  }),
);
