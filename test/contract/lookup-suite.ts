import { expect, test } from 'vitest';
import type { RemoteRecord } from '../../src/sync/connectors/connector.ts';
import { outcomesOf, type SuiteTools } from './stand.ts';

/** What every connector promises of looking at what the vendor has, where the vendor can be asked. */
export function lookupSuite<Input, Credentials>({
  connector,
  fields,
  given,
  recordOf,
  recordsOf,
}: SuiteTools<Input, Credentials>): void {
  const { batchMax } = connector.limits;

  /** Pushes the records, in as many calls as it takes, and returns their remote ids. */
  const pushAll = async (batch: ReturnType<typeof recordsOf>, session: Parameters<typeof connector.push>[1]) => {
    const outcomes = [];
    for (let at = 0; at < batch.length; at += batchMax) {
      outcomes.push(...outcomesOf(await connector.push(batch.slice(at, at + batchMax), session)));
    }
    return outcomes.map((outcome) => (outcome.kind === 'cleared' ? outcome.remoteId : null));
  };

  if (connector.lookup) {
    test('a look-up finds what was pushed, by key and by stored id, and null for what was not, writing nothing', async () => {
      const { stand, session } = await given();
      const [first, second] = recordsOf(2);
      if (!first || !second) throw new Error('no records');
      const [firstId, secondId] = await pushAll([first, second], session);
      const before = {
        stored: stand.stored(),
        received: [first, second].map(({ lead }) => stand.received(lead.email ?? '')),
      };
      const asked = [second, recordOf('nobody@example.test'), { ...first, remoteId: firstId ?? null }];
      const answer = await connector.lookup?.(asked, [fields.firstName], session);
      const found = (remoteId: string | null | undefined, name: string): RemoteRecord => ({
        remoteId: remoteId ?? expect.any(String), // not every vendor tells ids when it is written to
        values: { [fields.firstName]: name },
      });
      expect(answer).toEqual({ kind: 'found', records: [found(secondId, 'lead1'), null, found(firstId, 'lead0')] });
      expect(stand.stored()).toEqual(before.stored);
      expect([first, second].map(({ lead }) => stand.received(lead.email ?? ''))).toEqual(before.received);
      expect(stand.received('nobody@example.test')).toBeUndefined();
    });

    test('a look-up at a vendor that is gone is unavailable', async () => {
      const { stand, session } = await given();
      await stand.close();
      expect(await connector.lookup?.(recordsOf(1), [fields.firstName], session)).toEqual({
        kind: 'unavailable',
        message: expect.any(String),
      });
    });

    const ways = connector.canWriteIfBlank ? (['OVERWRITE', 'WRITE_IF_BLANK'] as const) : (['OVERWRITE'] as const);
    test.for(ways)('an update by %s sends the payload that follows from what a look-up found', async (way) => {
      const { stand, bench, session } = await given();
      const [original, other] = recordsOf(2, 'kept');
      if (!original || !other) throw new Error('no records');
      const [remoteId = null] = await pushAll([original], session);
      const writeIfBlank = way === 'WRITE_IF_BLANK' ? [fields.firstName] : [];
      const changed = {
        ...original,
        remoteId,
        writeIfBlank,
        values: { ...original.values, [fields.firstName]: 'Changed' },
        lead: { ...original.lead, revision: original.lead.revision + 1 },
      };
      const fresh = { ...other, writeIfBlank };
      for (const record of [changed, fresh]) {
        const looked = await connector.lookup?.([record], [fields.firstName], session);
        const found = looked?.kind === 'found' ? (looked.records[0] ?? null) : null;
        expect(found === null).toBe(record === fresh);
        const preview = JSON.stringify(connector.payload(record, found, stand.credentials));
        bench.exchanges.length = 0;
        await pushAll([record], session);
        expect(JSON.stringify(stand.received(record.lead.email ?? ''))).toBe(preview);
        expect(bench.exchanges.map(({ payload }) => JSON.stringify(payload))).toContain(preview);
        const kept = record === changed && way === 'WRITE_IF_BLANK';
        expect(preview.includes(record.values[fields.firstName] ?? '')).toBe(
          !kept || connector.vendorKeepsFilled === true,
        );
        const after = await connector.lookup?.([record], [fields.firstName], session);
        expect(after).toMatchObject({
          records: [{ values: { [fields.firstName]: kept ? 'kept0' : record.values[fields.firstName] } }],
        });
      }
    });
  }
}
