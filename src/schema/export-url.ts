import { builder } from './builder.ts';
import { publicIdOf } from './ids.ts';
import { itemFilterArgs } from './item-filter-args.ts';
import { ReconciliationRef } from './refs.ts';

/** Where the server serves a work list as CSV. */
export const exportPath = '/export/sync-items.csv';

builder.objectField(ReconciliationRef, 'exportUrl', (t) =>
  t.string({
    description:
      'Where to download the work list as CSV, of any length, narrowed as `items` is: GET it with the same Authorization header. It is read while ' +
      'it is downloaded; whatever matches throughout is in it once. No cell is run as a formula by a spreadsheet: an apostrophe stands before ' +
      'what would start one. Nothing is made by asking for the address, and it does not expire.',
    args: {
      ...itemFilterArgs(),
      bom: t.arg.boolean({
        defaultValue: false,
        description: 'Begins the file with a byte order mark, without which Excel misreads what is not ASCII.',
      }),
    },
    resolve: ({ integrationId, eventId }, { bom, ...args }, { publicUrl }) => {
      const query = new URLSearchParams({ integrationId: publicIdOf('Integration', integrationId) });
      if (eventId !== null) query.set('eventId', publicIdOf('Event', eventId));
      for (const [name, value] of Object.entries(args)) {
        if (value != null) query.set(name, value instanceof Date ? value.toISOString() : String(value));
      }
      if (bom) query.set('bom', 'true');
      return `${publicUrl}${exportPath}?${query}`;
    },
  }),
);
