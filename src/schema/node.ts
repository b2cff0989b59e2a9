import { brandWithType } from '@pothos/core';
import { requireRole } from '../sync/viewer.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { idOf, type NodeType, nodeTypes } from './ids.ts';
import {
  ApiKeyRef,
  AuthorizationRef,
  BackfillRef,
  EventRef,
  IntegrationRef,
  LeadRef,
  NotificationRuleRef,
  OrganizationRef,
  RetryRef,
  SyncItemRef,
  VerificationRef,
} from './refs.ts';

/** What each type is found with: the same loaders, and so the same organization, as on every other path. */
const nodes = {
  Organization: { ref: OrganizationRef, find: ({ loaders }: Context, id: string) => loaders.organization.load(id) },
  ApiKey: {
    ref: ApiKeyRef,
    find: ({ loaders, viewer }: Context, id: string) => {
      requireRole(viewer, 'ADMIN');
      return loaders.apiKey.load(id);
    },
  },
  Integration: { ref: IntegrationRef, find: ({ loaders }: Context, id: string) => loaders.integration.load(id) },
  Event: { ref: EventRef, find: ({ loaders }: Context, id: string) => loaders.event.load(id) },
  Lead: { ref: LeadRef, find: ({ loaders }: Context, id: string) => loaders.lead.load(id) },
  SyncItem: { ref: SyncItemRef, find: ({ loaders }: Context, id: string) => loaders.item.load(id) },
  Authorization: {
    ref: AuthorizationRef,
    find: ({ loaders, viewer }: Context, id: string) => {
      requireRole(viewer, 'ADMIN');
      return loaders.authorization.load(id);
    },
  },
  Retry: { ref: RetryRef, find: ({ loaders }: Context, id: string) => loaders.retry.load(id) },
  NotificationRule: {
    ref: NotificationRuleRef,
    find: ({ loaders, viewer }: Context, id: string) => {
      requireRole(viewer, 'ADMIN');
      return loaders.notificationRule.load(id);
    },
  },
  Verification: { ref: VerificationRef, find: ({ loaders }: Context, id: string) => loaders.verification.load(id) },
  Backfill: { ref: BackfillRef, find: ({ loaders }: Context, id: string) => loaders.backfill.load(id) },
} satisfies Record<NodeType, unknown>;

builder.queryField('node', (t) =>
  t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description:
      'Anything by its id; null for an id that is unknown, malformed, or of something that is no Node. API keys and notification rules: admins.',
    args: { id: t.arg.id({ required: true, description: 'As it was given.' }) },
    resolve: async (_root, args, context) => {
      for (const type of nodeTypes) {
        const id = idOf(type, args.id);
        const row = id === null ? null : await nodes[type].find(context, id);
        if (row === null) continue;
        brandWithType(row, nodes[type].ref);
        return row;
      }
      return null;
    },
  }),
);
