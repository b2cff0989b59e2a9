import { describe, expect, test } from 'vitest';
import { errorCategories, type SyncErrorData, wordsOfCategory } from '../../src/domain/error-categories.ts';
import { explain, type FlushFact, type HoldFact, type LeadFacts } from '../../src/domain/explanation.ts';
import { type HoldReason, holdReasons } from '../../src/domain/gate.ts';
import { syncStatuses } from '../../src/domain/lifecycle.ts';

const noon = new Date('2026-11-24T12:00:30Z');
const later = new Date('2026-11-24T16:00:00Z');

const error = (more: Partial<SyncErrorData> = {}): SyncErrorData => ({
  category: 'DATA_VALUE_VALIDATION',
  message: 'The phone number is too long.',
  vendorCode: '1003',
  vendorMessage: null,
  remoteField: 'phone',
  ...more,
});

const facts = (more: Partial<LeadFacts>): LeadFacts => ({
  status: 'QUEUED',
  vendor: 'Marketo',
  attempts: 0,
  error: null,
  erased: false,
  holds: [],
  nextAttemptAt: null,
  vendorWait: null,
  pushed: null,
  flush: null,
  backfilled: false,
  ahead: 0,
  claimedUntil: null,
  failedAt: null,
  failedAgain: false,
  clearedAt: null,
  remoteId: null,
  syncedRevision: null,
  withdrawn: null,
  ...more,
});

const held = (hold: HoldReason, more: Partial<HoldFact> = {}): HoldFact => ({
  hold,
  by: 'Ada',
  at: noon,
  reason: null,
  ...more,
});

describe('a FROZEN lead', () => {
  test('says since when, by whom and why it is held, and what lets it go', () => {
    const holds = [held('MANUAL_MODE', { reason: 'end-of-day check' })];
    expect(explain(facts({ status: 'FROZEN', holds }))).toBe(
      'Held since 2026-11-24 12:00 UTC because Ada switched to Manual (end-of-day check); push the event, or switch back to Automatic.',
    );
  });

  test.for([
    ['DISABLED', 'Ada disabled the integration', 'enable the integration'],
    ['DISCONNECTED', 'Ada disconnected the integration', 'connect it'],
    ['NEEDS_AUTHORIZATION', 'Marketo refused our credentials', 'connect it again'],
    ['NO_PERMISSION', 'Marketo does not let the account write', 'connect it again with an account that may write'],
    ['ENDPOINT_GONE', 'the receiver of the webhook is gone', 'connect it again with the address of the receiver'],
    ['NO_MAPPING', 'Ada left nothing mapped', 'map its fields'],
  ] as const)('by %s', ([hold, cause, way]) => {
    expect(explain(facts({ status: 'FROZEN', holds: [held(hold)] }))).toBe(
      `Held since 2026-11-24 12:00 UTC because ${cause}; ${way}.`,
    );
  });

  test.for([
    ['DISCONNECTED', 'the integration is not connected'],
    ['NO_MAPPING', 'nothing is mapped'],
    ['MANUAL_MODE', 'somebody switched to Manual'],
  ] as const)('by %s that nobody is known for', ([hold, cause]) => {
    const holds = [held(hold, { by: null, at: null })];
    expect(explain(facts({ status: 'FROZEN', holds }))).toContain(`Held because ${cause}; `);
  });

  const sets = Array.from({ length: 2 ** holdReasons.length - 1 }, (_, bits) =>
    holdReasons.filter((_hold, index) => ((bits + 1) >> index) & 1),
  );
  test('by any combination of holds names every one of them, and the ways out in the order in which they have to be gone', () => {
    for (const reasons of sets) {
      const sentence = explain(facts({ status: 'FROZEN', holds: reasons.map((hold) => held(hold)) }));
      expect(sentence.split(' because ')).toHaveLength(reasons.length + 1);
      expect(sentence.endsWith('push the event, or switch back to Automatic.')).toBe(reasons.includes('MANUAL_MODE'));
      expect(sentence.match(/; /g)).toHaveLength(1);
      expect(sentence).toMatch(/^Held .+\.$/);
    }
    const holds = [held('DISABLED', { by: 'Otto', at: later }), held('MANUAL_MODE')];
    expect(explain(facts({ status: 'FROZEN', holds }))).toBe(
      'Held since 2026-11-24 16:00 UTC because Otto disabled the integration, and since 2026-11-24 12:00 UTC because Ada switched to Manual; ' +
        'enable the integration, then push the event, or switch back to Automatic.',
    );
  });
});

describe('a QUEUED lead', () => {
  test.for([
    [0, 'Waits for its turn, as the next one; it goes on by itself.'],
    [1, 'Waits for its turn, behind 1 other; it goes on by itself.'],
    [37, 'Waits for its turn, behind 37 others; it goes on by itself.'],
    [101, 'Waits for its turn, behind more than 100 others; it goes on by itself.'],
  ] as const)('with %i ahead says its place', ([ahead, sentence]) => {
    expect(explain(facts({ ahead }))).toBe(sentence);
  });

  test.for([
    [{ pushed: { by: 'Otto', at: noon } }, 'since Otto pushed it at 2026-11-24 12:00 UTC'],
    [{ pushed: { by: null, at: null } }, 'since somebody pushed it'],
    [{ backfilled: true }, 'as part of a backfill, which goes behind everything else'],
    ...(
      [
        ['SYNC_MODE_CHANGED', 'switched to Automatic'],
        ['ENABLED', 'enabled the integration'],
        ['CONNECTED', 'connected the integration'],
        ['MAPPING_CHANGED', 'mapped fields'],
      ] as [FlushFact['how'], string][]
    ).map(([how, did]): [Partial<LeadFacts>, string] => [
      { flush: { how, by: 'Ada', at: noon } },
      `since Ada ${did} at 2026-11-24 12:00 UTC`,
    ]),
  ] as [Partial<LeadFacts>, string][])('%o says what it belongs to', ([more, words]) => {
    expect(explain(facts({ ...more, ahead: 2 }))).toBe(
      `Waits for its turn ${words}, behind 2 others; it goes on by itself.`,
    );
  });

  test('after passing trouble says when it is tried again, after what, and that it can be pushed now', () => {
    const waiting = { nextAttemptAt: noon, attempts: 2, error: error({ message: 'Marketo answered with HTTP 502.' }) };
    expect(explain(facts(waiting))).toBe(
      'Waits for its next attempt at 2026-11-24 12:00 UTC, because attempt 2 ended with: Marketo answered with HTTP 502; it goes on by ' +
        'itself, and a push by hand sends it now.',
    );
    expect(explain(facts({ nextAttemptAt: noon }))).toBe(
      'Waits for its next attempt at 2026-11-24 12:00 UTC; it goes on by itself, and a push by hand sends it now.',
    );
  });

  test.for([
    ['THROTTLED', 'asked us to slow down until 2026-11-24 16:00 UTC'],
    ['QUOTA_EXHAUSTED', 'takes nothing more until 2026-11-24 16:00 UTC, its daily quota being used up'],
    ['VENDOR_DOWN', 'does not answer as it should and is tried again at 2026-11-24 16:00 UTC'],
  ] as const)('behind a vendor that is %s says until when', ([state, words]) => {
    const vendorWait = { state, until: later };
    for (const more of [
      {},
      { ahead: 5 },
      { pushed: { by: 'Otto', at: noon } },
      { nextAttemptAt: noon, error: error() },
    ]) {
      expect(explain(facts({ vendorWait, ...more }))).toBe(`Waits for Marketo, which ${words}; it goes on by itself.`);
    }
    const ownIsLonger = explain(facts({ vendorWait: { state, until: noon }, nextAttemptAt: later }));
    expect(ownIsLonger).toContain('next attempt at 2026-11-24 16:00 UTC');
  });
});

test('a SYNCING lead says which attempt it is in, and what happens if nobody records it', () => {
  expect(explain(facts({ status: 'SYNCING', attempts: 3, claimedUntil: noon }))).toBe(
    'At Marketo right now, in attempt 3; the answer is recorded when it comes, and should our process die the lead waits again from ' +
      '2026-11-24 12:00 UTC on.',
  );
});

describe('a FAILED lead', () => {
  test.for(errorCategories)('with %s says what was refused and how to fix it', (category) => {
    const { fix } = wordsOfCategory[category];
    const sentence = explain(facts({ status: 'FAILED', attempts: 1, failedAt: noon, error: error({ category }) }));
    expect(sentence.startsWith('Failed at 2026-11-24 12:00 UTC in attempt 1: The phone number is too long; ')).toBe(
      true,
    );
    expect(sentence.endsWith(fix.slice(1))).toBe(true);
  });

  test.for([
    [{ attempts: 0 }, 'Failed at 2026-11-24 12:00 UTC before any call: The phone'],
    [{ attempts: 4, failedAgain: true }, 'in attempt 4, for the same cause as before it was retried: The phone'],
    [{ attempts: 1, failedAt: null }, 'Failed in attempt 1: The phone'],
  ] as [Partial<LeadFacts>, string][])('%o', ([more, words]) => {
    expect(explain(facts({ status: 'FAILED', failedAt: noon, error: error(), ...more }))).toContain(words);
  });

  test('says what has to end before it can be retried', () => {
    const more = { attempts: 1, failedAt: noon, error: error(), holds: [held('DISABLED')] };
    expect(explain(facts({ status: 'FAILED', ...more }))).toMatch(
      /; it can't be retried since 2026-11-24 12:00 UTC because Ada disabled the integration: enable the integration first\.$/,
    );
  });
});

describe('a CLEARED lead', () => {
  test.for([
    [
      { clearedAt: noon, remoteId: '4711', syncedRevision: 2 },
      'At Marketo since 2026-11-24 12:00 UTC as record 4711, with revision 2 of the lead',
    ],
    [{ clearedAt: noon, syncedRevision: 1 }, 'At Marketo since 2026-11-24 12:00 UTC, with revision 1 of the lead'],
    [{}, 'At Marketo'],
  ] as [Partial<LeadFacts>, string][])('%o says as what', ([more, words]) => {
    expect(explain(facts({ status: 'CLEARED', ...more }))).toBe(
      `${words}; there is nothing to do, and an edit sends it again.`,
    );
  });
});

test.for([
  [{ by: 'Otto', at: noon }, 'Otto took it off the work list at 2026-11-24 12:00 UTC; restore it to have it pushed.'],
  [null, 'Somebody took it off the work list; restore it to have it pushed.'],
] as const)('a WITHDRAWN lead says who took it off: %o', ([withdrawn, sentence]) => {
  expect(explain(facts({ status: 'WITHDRAWN', withdrawn }))).toBe(sentence);
});

test.for(syncStatuses)('of an erased person that is %s, only that is said', (status) => {
  expect(explain(facts({ status, erased: true, holds: [held('DISABLED')], error: error() }))).toBe(
    'The person was erased, so nothing of this lead is pushed any more.',
  );
});
