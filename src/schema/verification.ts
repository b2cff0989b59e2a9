import type { OperationRow } from '../db/statements/operations.ts';
import type { Balance, ReadBackState } from '../domain/verification.ts';
import {
  findingsOf,
  outcomeOf,
  type ReadBack,
  summaryOf,
  type VerificationInput,
  type VerificationOutcome,
  type VerifiedIntegration,
} from '../sync/verification/verification.ts';
import { builder, enumType } from './builder.ts';
import { idOf } from './ids.ts';
import { requireKnown } from './known.ts';
import { getLoaded } from './loaders.ts';
import { OperationStatusType } from './operation-status.ts';
import { askPage, pageArgs, pageCost, pageOf, verificationCursor } from './page.ts';
import { IntegrationRef, VerificationRef } from './refs.ts';

const firstByDefault = 20;

const OutcomeType = enumType<VerificationOutcome>('VerificationOutcome', 'What a verification came to.', {
  HOLDS: 'Everything that was asked for was checked, and nothing is wrong.',
  FINDINGS: 'Something is wrong: see `findings`.',
  INCOMPLETE:
    'Nothing is wrong as far as it went, but not everything was checked: it was canceled, or a vendor could not be asked (see `readBack`).',
});

const ReadBackStateType = enumType<ReadBackState>(
  'ReadBackState',
  "Whether a vendor's records were compared with what is CLEARED.",
  {
    CHECKED: 'All of them; while the verification runs, those up to now.',
    NOT_SUPPORTED: 'The vendor can not be asked for records.',
    NOT_CONNECTED: 'The integration is not connected.',
    INTERRUPTED: 'The vendor did not answer, however often it was asked.',
  },
);

const BalanceRef = builder.objectRef<Balance>('VerifiedBalance').implement({
  description:
    'Where the captured leads are for one integration: captured = notEnriched + notTaken + waiting + failed + cleared + withdrawn, unless a ' +
    'finding LEADS_UNACCOUNTED says otherwise. Of one moment for each event.',
  fields: (t) => ({
    captured: t.exposeInt('captured', { description: 'All leads of the organization.' }),
    notEnriched: t.exposeInt('notEnriched', { description: 'Not enriched yet, and so on no work list.' }),
    notTaken: t.exposeInt('notTaken', {
      description: 'Enriched, and not on the work list of this integration: from before it was connected.',
    }),
    waiting: t.exposeInt('waiting', { description: 'FROZEN, QUEUED and SYNCING.' }),
    failed: t.exposeInt('failed', { description: 'FAILED.' }),
    cleared: t.exposeInt('cleared', { description: 'CLEARED.' }),
    withdrawn: t.exposeInt('withdrawn', { description: 'WITHDRAWN.' }),
  }),
});

const ReadBackRef = builder.objectRef<ReadBack>('ReadBack').implement({
  description: 'What a vendor said of the records that are CLEARED here. Nothing is written there.',
  fields: (t) => ({
    state: t.expose('state', { type: ReadBackStateType, description: 'Whether it was done.' }),
    checked: t.exposeInt('checked', { description: 'Records that were asked for.' }),
    missing: t.exposeInt('missing', {
      description: 'Of those, what the vendor does not have: the findings MISSING_AT_VENDOR.',
    }),
    unknown: t.exposeInt('unknown', {
      description: 'CLEARED leads that can not be asked for: the vendor gave no id, or they are of another account.',
    }),
    problem: t.exposeString('problem', {
      nullable: true,
      description: 'Why it was not done, or not to its end, in plain words.',
    }),
  }),
});

const VerifiedIntegrationRef = builder.objectRef<VerifiedIntegration>('VerifiedIntegration').implement({
  description: 'What a verification has checked of one integration, up to now.',
  fields: (t) => ({
    integration: t.field({
      type: IntegrationRef,
      nullable: true,
      description: 'Which one; null once it was deleted.',
      resolve: ({ integrationId }, _args, context) => context.loaders.integration.load(integrationId),
    }),
    balance: t.expose('balance', { type: BalanceRef, description: 'Where the captured leads are.' }),
    items: t.exposeInt('items', { description: 'Leads of the work list that were held against the log.' }),
    transitions: t.exposeInt('transitions', { description: 'Transitions of the log that were looked at.' }),
    readBack: t.expose('readBack', {
      type: ReadBackRef,
      nullable: true,
      description: 'Null when it was not asked for, or has not begun.',
    }),
  }),
});

builder.node(VerificationRef, {
  description:
    'A proof that counts, work list, log and leads agree, and, asked for, that the vendor has what is CLEARED. Changes nothing. Nothing has to ' +
    'stand still for it. Watch it with `verificationProgressed`. Findings are kept as long as the log.',
  id: { resolve: (verification) => verification.id },
  fields: (t) => ({
    status: t.expose('status', { type: OperationStatusType, description: 'How far it is.' }),
    outcome: t.field({
      type: OutcomeType,
      nullable: true,
      description: 'What it came to; null while it is RUNNING.',
      resolve: outcomeOf,
    }),
    integration: t.field({
      type: IntegrationRef,
      nullable: true,
      description: 'The integration it was asked for; null: all of the organization, or it was deleted.',
      resolve: ({ integrationId }, _args, context) =>
        integrationId === null ? null : context.loaders.integration.load(integrationId),
    }),
    readBack: t.boolean({
      description: 'Whether the vendors are asked as well.',
      resolve: ({ input }) => (input as VerificationInput).readBack,
    }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When it was asked for.' }),
    requestedBy: t.exposeString('requestedBy', { description: 'The key or person that asked for it.' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it runs.',
    }),
    done: t.exposeInt('done', { description: 'Leads, transitions and records that were looked at.' }),
    total: t.exposeInt('total', {
      nullable: true,
      description: 'How many there are to look at, about: things move meanwhile. Null for a moment at the start.',
    }),
    findingCount: t.int({
      description: 'What is wrong, up to now.',
      resolve: (verification) => findingsOf(summaryOf(verification).findings),
    }),
    integrations: t.field({
      type: [VerifiedIntegrationRef],
      description: 'What was checked of each integration.',
      resolve: (verification) => summaryOf(verification).integrations,
    }),
    problem: t.string({
      nullable: true,
      description: 'Why it FAILED, in plain words; null otherwise.',
      resolve: ({ status, result }: OperationRow) =>
        status === 'FAILED' ? ((result as { problem?: string } | null)?.problem ?? null) : null,
    }),
  }),
});

const VerificationConnection = builder.connectionObject(
  { type: VerificationRef, name: 'VerificationConnection', description: 'Verifications, newest first.' },
  { name: 'VerificationEdge', description: 'A verification in the list.' },
);

builder.queryField('verifications', (t) =>
  t.field({
    type: VerificationConnection,
    description: 'Verifications, newest first: `first: 1` gives the last one.',
    args: {
      integrationId: t.arg.id({
        description: 'Only those that were asked for this integration alone. An unknown id: none.',
      }),
      ...pageArgs(firstByDefault),
    },
    complexity: pageCost,
    resolve: async (_root, args, context) => {
      const asked = askPage(args, firstByDefault, verificationCursor);
      const integrationId = args.integrationId == null ? null : idOf('Integration', args.integrationId);
      if (args.integrationId != null && integrationId === null)
        return pageOf<OperationRow, string>([], asked, verificationCursor, (row) => row.id);
      const rows = await context.loaders.verificationPage.load({
        integrationId,
        after: asked.after,
        limit: asked.limit,
      });
      return pageOf(rows, asked, verificationCursor, (row) => row.id);
    },
  }),
);

builder.subscriptionField('verificationProgressed', (t) =>
  t.field({
    type: VerificationRef,
    description:
      'Progress of one verification: the present state first, then at most four times a second when something changed. Completes after the ' +
      'message in which it has ended.',
    args: {
      verificationId: t.arg.id({
        required: true,
        description: 'Of the verification; NOT_FOUND when there is no such.',
      }),
    },
    subscribe: async (_root, args, context) => {
      const operationId = await requireKnown(context, 'Verification', args.verificationId);
      return context.feed.operation({ orgId: context.viewer.orgId, operationId }, context.ended);
    },
    resolve: (verification) => verification,
  }),
);

/** For results: the verification as it is after the call. */
export const VerifySuccess = builder.objectRef<{ verificationId: string }>('VerifySuccess').implement({
  description: 'The verification as it is after the call.',
  fields: (t) => ({
    verification: t.field({
      type: VerificationRef,
      description: 'Watch it with `verificationProgressed`.',
      resolve: ({ verificationId }, _args, context) => getLoaded(context.loaders.verification, verificationId),
    }),
  }),
});
