import { ForbiddenError, NotFoundError } from '../domain/errors.ts';
import { cancelVerification, verify } from '../sync/verification/verify.ts';
import { builder } from './builder.ts';
import { change } from './context.ts';
import { givenId } from './ids.ts';
import { VerifySuccess } from './verification.ts';

const VerifyInput = builder.inputType('VerifyInput', {
  description: 'What to prove.',
  fields: (t) => ({
    integrationId: t.id({ description: 'Only this integration. Absent: all of the organization.' }),
    readBack: t.boolean({
      defaultValue: false,
      description:
        'Also asks the vendors for every record that is CLEARED, at a quarter of the rate of pushes; at 300 records a call a million takes ' +
        'about an hour.',
    }),
  }),
});

const VerifyResult = builder.errorUnion('VerifyResult', {
  description: 'Of verify and cancelVerification.',
  types: [VerifySuccess, NotFoundError, ForbiddenError],
  resolveType: () => 'VerifySuccess',
});

builder.mutationFields((t) => ({
  verify: t.field({
    type: VerifyResult,
    description:
      'Starts to prove, in the background, that counts, work list, log and leads agree. One that proves the same and is RUNNING is returned ' +
      'instead. Changes nothing. Operators and admins.',
    args: {
      input: t.arg({
        type: VerifyInput,
        defaultValue: {},
        description: 'Absent: all of the organization, without the vendors.',
      }),
    },
    resolve: async (_root, args, context) => {
      const { integrationId, readBack } = args.input ?? {};
      const given = {
        integrationId: integrationId == null ? null : givenId('Integration', integrationId),
        readBack: readBack ?? false,
      };
      return { verificationId: await change(context, () => verify(context.services, context.viewer, given)) };
    },
  }),
  cancelVerification: t.field({
    type: VerifyResult,
    description:
      'Ends a verification where it is; what it found stays. One that has ended is returned unchanged. Operators and admins.',
    args: { verificationId: t.arg.id({ required: true, description: 'Of the verification.' }) },
    resolve: async (_root, args, context) => {
      const verificationId = givenId('Verification', args.verificationId);
      await change(context, () => cancelVerification(context.services, context.viewer, verificationId));
      return { verificationId };
    },
  }),
}));
