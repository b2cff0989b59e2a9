import { BadInputError, NotFoundError, ValidationError } from '../domain/errors.ts';
import type { CampaignMembership } from '../sync/connectors/connector.ts';
import { type FieldChange, type PushKind, type PushPreview, previewPush } from '../sync/preview-push.ts';
import { builder, enumType } from './builder.ts';
import { idOf } from './ids.ts';
import { getLoaded } from './loaders.ts';
import { SyncItemRef } from './refs.ts';
import { SyncItemSelectionInput, selectionOf } from './selection.ts';
import { SyncErrorRef } from './sync-error.ts';

const PushKindType = enumType<PushKind>('PushKind', 'What a push would do at the vendor.', {
  CREATE: 'The vendor has no such record.',
  UPDATE: 'The vendor has it: by the stored id, or by the match key.',
  UNKNOWN: 'The vendor can not be asked, or did not answer just now.',
});

const FieldChangeRef = builder.objectRef<FieldChange>('FieldChange').implement({
  description: 'What would become of one field at the vendor.',
  fields: (t) => ({
    remoteField: t.exposeString('remoteField', { description: 'As the vendor names it.' }),
    old: t.exposeString('old', { nullable: true, description: 'What is there. Null: blank or unknown.' }),
    new: t.exposeString('new', { nullable: true, description: 'What the lead says.' }),
    written: t.exposeBoolean('written', { description: 'False: WRITE_IF_BLANK keeps what is there.' }),
  }),
});

const MembershipRef = builder.objectRef<CampaignMembership>('CampaignMembership').implement({
  description: 'What a lead becomes a member of once it is at the vendor.',
  fields: (t) => ({
    campaignId: t.exposeString('campaignId', { description: "The vendor's own id." }),
    memberStatus: t.string({
      nullable: true,
      description: 'Null where members have no status.',
      resolve: ({ memberStatus }) => memberStatus || null,
    }),
  }),
});

const PushPreviewRef = builder.objectRef<PushPreview>('PushPreview').implement({
  description: 'What a push of one lead would send now. It is what is sent, as long as nothing changes until then.',
  fields: (t) => ({
    item: t.field({
      type: SyncItemRef,
      description: 'Whose push.',
      resolve: ({ itemId }, _args, context) => getLoaded(context.loaders.item, itemId),
    }),
    kind: t.expose('kind', { type: PushKindType, description: 'Whether a record is made or changed.' }),
    payload: t.field({
      type: 'JSON',
      description:
        'Exactly the record that would be sent, as the vendor gets it; of a call that takes several, its part. Empty ({}): nothing, as the vendor ' +
        'has this very record since a push whose membership failed, and only that is made up for. Where `kind` is UNKNOWN, what WRITE_IF_BLANK ' +
        'would keep is still in it.',
      resolve: ({ payload }) => payload ?? {},
    }),
    changes: t.expose('changes', {
      type: [FieldChangeRef],
      description: 'Per mapped field, in the order of the mappings.',
    }),
    problems: t.expose('problems', {
      type: [SyncErrorRef],
      description:
        'Known before the call, all of them: it would fail with the first without a call. Or what the vendor said last time, where it would be sent ' +
        'the very same again.',
    }),
    membership: t.expose('membership', {
      type: MembershipRef,
      nullable: true,
      description: 'What the lead would become a member of; null: nothing.',
    }),
  }),
});

builder.queryField('previewPush', (t) =>
  t.field({
    type: [PushPreviewRef],
    description:
      'What a push of these leads would send now, oldest capture first: the payload, create or update, and old and new per field. Asks the vendor ' +
      'what it has and writes nothing; it takes as long as the vendor takes. The integration may be held. Empty when there is no such integration.',
    args: {
      integrationId: t.arg.id({ required: true, description: 'Where the push would go.' }),
      select: t.arg({
        type: SyncItemSelectionInput,
        required: true,
        description: 'Which leads: waiting or failed ones.',
      }),
      first: t.arg.int({ defaultValue: 20, description: 'So many at most; 1 to 100.' }),
    },
    complexity: { field: 100, multiplier: 20 },
    resolve: async (_root, args, { services, viewer }) => {
      const integrationId = idOf('Integration', args.integrationId);
      if (integrationId === null) return [];
      try {
        const input = { integrationId, select: selectionOf(args.select), first: args.first ?? 20 };
        return await previewPush(services, viewer, input);
      } catch (error) {
        if (error instanceof NotFoundError) return [];
        if (error instanceof ValidationError) throw new BadInputError(error.message);
        throw error;
      }
    },
  }),
);
