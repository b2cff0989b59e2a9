import type { SyncModeReceipt } from '../sync/gate.ts';
import { type BuilderTypes, builder } from './builder.ts';
import { getLoaded } from './loaders.ts';
import { IntegrationRef } from './refs.ts';

export const SyncModeReceiptRef = builder.objectRef<SyncModeReceipt>('SyncModeReceipt').implement({
  description:
    'What a change of the setting did, decided in the same transaction as the change. Of a change that changed nothing: how things are.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: "The setting's version after the change." }),
    inFlight: t.exposeInt('inFlight', {
      description:
        'Leads that were SYNCING at the change: an observer at the vendor may still see them arrive, and their answers are recorded as usual. ' +
        'No other lead is pushed while a hold of this version lasts. A push is everything done under one claim, look-ups and membership ' +
        'included; the halves of a batch that was refused as a whole pass the gate again.',
    }),
    held: t.exposeInt('held', { description: 'Leads that are held now.' }),
    released: t.exposeInt('released', { description: 'Leads that were held before and flow now.' }),
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: "The log's position at the change: `leadStatusChanged(after:)` from here shows what happened since.",
    }),
  }),
});

type FieldBuilder<Shape> = PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, Shape>;

export interface Receipt {
  integrationId: string;
  receipt: SyncModeReceipt;
}

/** What the success of every change of the setting has. */
export function receiptFields<Shape extends Receipt>(t: FieldBuilder<Shape>) {
  return {
    integration: t.field({
      type: IntegrationRef,
      description: 'The integration after the change.',
      resolve: ({ integrationId }, _args, context) => getLoaded(context.loaders.integration, integrationId),
    }),
    receipt: t.field({
      type: SyncModeReceiptRef,
      description: 'What the change did.',
      resolve: ({ receipt }) => receipt,
    }),
  };
}

/** The success of a change of the setting. */
export function receiptType(name: string, description: string) {
  return builder.objectRef<Receipt>(name).implement({ description, fields: receiptFields });
}

/** The words of arguments that every change of the setting has. */
export const changeWords = {
  integrationId: 'Of the integration to change.',
  expectedVersion:
    'The version that the decision was based on; at another one nothing is changed: StaleVersionError. Absent: whatever it is.',
  reason: 'Why, in the words of whoever asks; kept in the history of changes. At most 1,000 characters.',
} as const;
