import { describe, expect, test } from 'vitest';
import type { SyncErrorData } from '../../src/domain/error-categories.ts';
import type { PushRecord } from '../../src/sync/connectors/connector.ts';
import {
  divide,
  failed,
  type PushedItem,
  refusedLocally,
  settleOutcomes,
  spends,
  unsent,
  waits,
  withWritten,
} from '../../src/sync/engine/verdict.ts';

const item = (id: string, more: Partial<PushedItem> = {}): PushedItem => ({
  id,
  claim: `claim of ${id}`,
  failures: 2,
  suspected: false,
  sentRevision: 4,
  digest: 'digest',
  accountGeneration: 1,
  ...more,
});
const items = (count: number) => Array.from({ length: count }, (_, index) => item(`item-${index}`));
const error = (more: Partial<SyncErrorData> = {}): SyncErrorData => ({
  category: 'TIMEOUT',
  message: 'No answer.',
  vendorCode: null,
  vendorMessage: null,
  remoteField: null,
  ...more,
});
const record = (itemId: string, values: Record<string, string> = {}): PushRecord => ({
  itemId,
  values,
  fields: new Map(),
  writeIfBlank: [],
  mapped: true,
  lead: {
    id: itemId,
    externalId: null,
    firstName: null,
    lastName: null,
    email: null,
    company: null,
    jobTitle: null,
    phone: null,
    qualifiers: [],
    attributes: [],
    capturedAt: new Date(0),
    revision: 1,
  },
  event: { id: 'event-1', name: 'Fair' },
  remoteId: null,
  campaign: null,
  written: false,
});
const unjittered = () => 0.5;

describe('what is recorded of a lead', () => {
  test('whose record was taken before a later step was not even sent: a push that began, and the record under its id', () => {
    expect(withWritten(unsent(item('a')), { remoteId: '7' })).toMatchObject({
      outcome: 'PENDING',
      cause: 'ANSWERED',
      begun: true,
      written: true,
      remoteId: '7',
      digest: 'digest',
      sentRevision: 4,
    });
  });

  test('that was never sent: back as it was, no push begun', () => {
    expect(unsent(item('a'))).toMatchObject({
      outcome: 'PENDING',
      cause: 'RECOVERED',
      begun: false,
      failures: 2,
      dueInMs: 0,
      error: null,
    });
  });

  test('that was refused before any call: FAILED, no push begun', () => {
    expect(refusedLocally(item('a'), error())).toMatchObject({
      outcome: 'FAILED',
      cause: 'REFUSED_LOCALLY',
      begun: false,
      error: error(),
    });
  });

  test('that the vendor refused: FAILED with its reason', () => {
    expect(failed(item('a'), error())).toMatchObject({
      outcome: 'FAILED',
      cause: 'ANSWERED',
      begun: true,
      error: error(),
    });
  });

  test('that waits for a reason not its own: no attempt is spent', () => {
    expect(waits(item('a'), error())).toMatchObject({ outcome: 'PENDING', begun: true, failures: 2, dueInMs: 0 });
  });

  test('whose trouble is its own: one attempt is spent and it is due after the backoff, or when the vendor says', () => {
    expect(spends(item('a'), error(), null, 0.5)).toMatchObject({ outcome: 'PENDING', failures: 3, dueInMs: 120_000 });
    expect(spends(item('a'), error(), 7_000, 0.5)).toMatchObject({ outcome: 'PENDING', failures: 3, dueInMs: 7_000 });
  });

  test('that has no attempt left: FAILED with the last reason', () => {
    const last = item('a', { failures: 6 });
    expect(spends(last, error(), null, 0.5)).toEqual(failed(last, error()));
    expect(spends(last, error(), 7_000, 0.5)).toEqual(failed(last, error()));
    expect(spends(item('a', { failures: 5 }), error(), null, 0.5).outcome).toBe('PENDING');
  });

  test('always names its claim and the revision that was sent', () => {
    const recorded = { id: 'a', claim: 'claim of a', sentRevision: 4, accountGeneration: 1 };
    const one = item('a');
    for (const settlement of [
      unsent(one),
      refusedLocally(one, error()),
      failed(one, error()),
      waits(one, null),
      spends(one, error(), null, 0.5),
    ])
      expect(settlement).toMatchObject(recorded);
  });
});

describe('an answered call', () => {
  test('is recorded lead by lead, in order', () => {
    const settled = settleOutcomes(
      items(3),
      {
        kind: 'answered',
        outcomes: [
          { kind: 'cleared', remoteId: 'remote-0' },
          { kind: 'failed', error: error({ category: 'DUPLICATE' }) },
          { kind: 'postponed', error: error(), retryAfterMs: null },
        ],
      },
      unjittered,
    );
    expect(settled).toMatchObject([
      { id: 'item-0', claim: 'claim of item-0', outcome: 'CLEARED', remoteId: 'remote-0', error: null },
      { id: 'item-1', claim: 'claim of item-1', outcome: 'FAILED', error: { category: 'DUPLICATE' } },
      { id: 'item-2', claim: 'claim of item-2', outcome: 'PENDING', failures: 3, dueInMs: 120_000 },
    ]);
  });

  test('that ended before everybody’s turn: who was not reached comes back as it was, and keeps what the vendor has of it', () => {
    const settled = settleOutcomes(
      items(4),
      {
        kind: 'answered',
        outcomes: [
          { kind: 'cleared', remoteId: 'remote-0' },
          { kind: 'unsent' },
          { kind: 'unsent', written: { remoteId: 'remote-2' } },
          { kind: 'interrupted' },
        ],
        interruption: { kind: 'unavailable', error: error(), whole: true, retryAfterMs: null },
      },
      unjittered,
    );
    expect(settled).toMatchObject([
      { id: 'item-0', outcome: 'CLEARED' },
      { id: 'item-1', outcome: 'PENDING', cause: 'RECOVERED', begun: false, failures: 2, dueInMs: 0, error: null },
      { id: 'item-2', outcome: 'PENDING', begun: true, failures: 2, written: true, remoteId: 'remote-2', error: null },
    ]);
    expect(settled).toHaveLength(3); // the fourth is judged by the interruption
  });

  test('with fewer outcomes than leads is a bug that says so, rather than a lead taken for sent', () => {
    const answer = { kind: 'answered', outcomes: [{ kind: 'cleared', remoteId: null }] } as const;
    expect(() => settleOutcomes(items(2), { ...answer, outcomes: [...answer.outcomes] }, unjittered)).toThrow(
      '1 outcomes for 2 records',
    );
  });
});

describe('a batch that the vendor refused as a whole', () => {
  const refused = error({ category: 'DATA_VALUE_VALIDATION' });

  test('of one lead is that lead’s fault', () => {
    const [only] = items(1);
    expect(divide(items(1), [record('item-0')], refused)).toEqual({ guilty: [only], halves: [] });
  });

  test.for([2, 3, 7, 300])('of %i leads is halved, nobody left out or judged twice', (count) => {
    const batch = items(count);
    const { guilty, halves } = divide(
      batch,
      batch.map(({ id }) => record(id)),
      refused,
    );
    expect(guilty).toEqual([]);
    expect(halves).toHaveLength(2);
    expect(halves.flat()).toEqual(batch);
    for (const half of halves) expect(half.length).toBeLessThan(count);
  });

  test('for a field that does not exist convicts every lead that carries the field, and no other', () => {
    const missing = error({ category: 'MISSING_REMOTE_FIELD', remoteField: 'Colour' });
    const batch = items(3);
    const records = [
      record('item-0', { Colour: 'red' }),
      record('item-1', { Size: '1' }),
      record('item-2', { Colour: 'x' }),
    ];
    const { guilty, halves } = divide(batch, records, missing);
    expect(guilty.map(({ id }) => id)).toEqual(['item-0', 'item-2']);
    expect(halves).toEqual([]);
  });

  test('for a field that nobody carries is halved: somebody must be to blame', () => {
    const missing = error({ category: 'MISSING_REMOTE_FIELD', remoteField: 'Colour' });
    const batch = items(2);
    const { guilty, halves } = divide(
      batch,
      batch.map(({ id }) => record(id)),
      missing,
    );
    expect(guilty).toEqual([]);
    expect(halves).toEqual([[batch[0]], [batch[1]]]);
  });
});
