import { describe, expect, test } from 'vitest';
import type { VendorFlow } from '../../src/db/statements/vendor-flow.ts';
import { type AskedLead, type FailedCall, VendorState } from '../../src/sync/engine/vendor-state.ts';

const second = 1_000;
const minute = 60 * second;

/** A vendor that is flowing, and the clock by which it is judged. */
function given(known: Partial<VendorFlow> = {}) {
  const clock = { now: 1_000 };
  const open = (flow: VendorFlow) =>
    new VendorState(
      flow,
      () => clock.now,
      () => 0.5, // no jitter
    );
  const state = { vendor: open({ state: 'FLOWING', resumesInMs: 0, failures: 0, suspectId: null, ...known }) };
  /** A call that begins and fails now. Returns whose trouble it is. */
  const fails = (leads: (string | AskedLead)[], call: Partial<FailedCall> = {}) =>
    state.vendor.failed({
      leads: leads.map((lead) => (typeof lead === 'string' ? { id: lead, failures: 0, suspected: false } : lead)),
      whole: false,
      unreached: false,
      retryAfterMs: null,
      startedAt: clock.now,
      ...call,
    });
  return {
    get vendor() {
      return state.vendor;
    },
    clock,
    fails,
    /** HTTP 503 and the like. */
    breaks: (...leads: (string | AskedLead)[]) => fails(leads, { whole: true }).whose,
    passes: (...ids: string[]) => {
      clock.now += 1;
      const changed = state.vendor.succeeded(ids);
      clock.now += 1;
      return changed;
    },
    /** Lets the pause end. */
    resume: () => {
      clock.now += state.vendor.pauseMs();
    },
    /** Another drain goes on with what this one knew. */
    handOver: () => {
      state.vendor = open(state.vendor.snapshot());
    },
  };
}

const suspected = (id: string): AskedLead => ({ id, failures: 0, suspected: true });
const spent = (id: string, failures = 1): AskedLead => ({ id, failures, suspected: true });

describe('trouble that could be a lead’s own', () => {
  test('is the lead’s at first, and the vendor’s after three calls in a row that no lead explains', () => {
    const { vendor, fails } = given();
    expect([fails(['a']).whose, fails(['b']).whose]).toEqual(['lead', 'lead']);
    expect(vendor.snapshot()).toMatchObject({ state: 'FLOWING', resumesInMs: 0 });
    expect(fails(['c']).whose).toBe('vendor');
    expect(vendor.snapshot()).toMatchObject({ state: 'VENDOR_DOWN', resumesInMs: 5 * second, failures: 1 });
  });

  test('stays the lead’s however often the same one fails', () => {
    const { vendor, fails } = given();
    for (let call = 0; call < 10; call += 1) expect(fails(['a']).whose).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('stays the leads’ where a call of others passes in between', () => {
    const { fails, passes } = given();
    expect([fails(['a']).whose, fails(['b']).whose]).toEqual(['lead', 'lead']);
    passes('x');
    expect([fails(['c', 'd', 'e']).whose, fails(['f']).whose]).toEqual(['lead', 'lead']);
  });

  test('of a batch and its halves is one lead’s as long as one lead was in all of them', () => {
    const { fails } = given();
    expect(fails(['a', 'b', 'c', 'd']).whose).toBe('lead');
    expect(fails(['a', 'b']).whose).toBe('lead');
    expect(fails(['a']).whose).toBe('lead');
    expect(fails(['c', 'd']).whose).toBe('vendor');
  });
});

describe('trouble that is rather the vendor’s, when one lead alone has it', () => {
  test('costs the lead no attempt at first, makes it wait 5 s, and keeps nobody else waiting', () => {
    const { vendor, fails } = given();
    expect(fails(['a'], { whole: true })).toEqual({ whose: 'vendor', dueInMs: 5 * second });
    expect(vendor.probing).toBe(true);
    expect(vendor.leadsMax(300)).toBe(1);
    expect(vendor.snapshot()).toEqual({ state: 'VENDOR_DOWN', resumesInMs: 0, failures: 0, suspectId: 'a' });
  });

  test('is its own once another passed, at every later failure', () => {
    const { vendor, breaks, passes } = given();
    breaks('a');
    expect(passes('x')).toBe(true);
    expect(vendor.state).toBe('FLOWING');
    expect(breaks(suspected('a'))).toBe('lead');
    expect(breaks(spent('a', 1))).toBe('lead');
    expect(breaks(spent('a', 2))).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('is its own where another call passed since this one began', () => {
    const { vendor, clock, fails, passes } = given();
    const startedAt = clock.now;
    passes('x');
    expect(fails(['a'], { whole: true, startedAt }).whose).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('is its own when it is asked again because nobody else is there, also by the drain that follows', () => {
    const { breaks, handOver } = given();
    breaks('a');
    handOver();
    expect(breaks(suspected('a'))).toBe('lead');
    expect(breaks(spent('a', 1))).toBe('lead');
    handOver();
    expect(breaks(spent('a', 6))).toBe('lead');
  });

  test('holds for as long as the vendor asks, unless others pass meanwhile', () => {
    const first = given();
    expect(first.fails(['a'], { whole: true, retryAfterMs: 7 * minute })).toEqual({
      whose: 'vendor',
      dueInMs: 7 * minute,
    });
    expect(first.vendor.pauseMs()).toBe(7 * minute);
    expect(first.passes('x')).toBe(true);
    expect(first.vendor.snapshot()).toMatchObject({ state: 'FLOWING', resumesInMs: 0 });
  });

  test('ends when the lead passes after all', () => {
    const { vendor, breaks, passes } = given();
    breaks('a');
    expect(passes('a')).toBe(true);
    expect(vendor.state).toBe('FLOWING');
    expect(breaks('b')).toBe('vendor');
  });

  test('is the vendor’s when a second lead has it too, also for the drain that follows', () => {
    const { vendor, breaks } = given();
    expect([breaks('a'), breaks('b')]).toEqual(['vendor', 'vendor']);
    expect(vendor.snapshot()).toEqual({
      state: 'VENDOR_DOWN',
      resumesInMs: 5 * second,
      failures: 1,
      suspectId: 'b',
    });

    const other = given();
    other.breaks('a');
    other.handOver();
    other.breaks('b');
    expect(other.vendor.failures).toBe(1);
  });

  test('of two that others passed is their own, of a third in a row the vendor’s', () => {
    const { vendor, breaks } = given();
    expect([breaks(suspected('p')), breaks(suspected('q'))]).toEqual(['lead', 'lead']);
    expect(vendor.state).toBe('FLOWING');
    expect(breaks(suspected('r'))).toBe('vendor');
    expect(vendor.failures).toBe(1);
  });

  test('is no word against the vendor once it has spent an attempt', () => {
    const { vendor, breaks } = given();
    breaks('a');
    expect([breaks(spent('p')), breaks(spent('q'))]).toEqual(['lead', 'lead']);
    expect(vendor.failures).toBe(0);
    expect(breaks('b')).toBe('vendor');
    expect(vendor.failures).toBe(1);
    expect(breaks(spent('p'))).toBe('lead');
    expect(vendor.failures).toBe(1);
  });
});

describe('trouble that is rather the vendor’s, when a batch has it', () => {
  test('holds the integration; where the next lead passes, the batch is asked in parts, and no part of it is the vendor’s', () => {
    const { vendor, breaks, passes, resume } = given();
    expect(breaks('a', 'b', 'c', 'd')).toBe('vendor');
    expect(vendor.pauseMs()).toBe(5 * second);
    resume();
    passes('a');
    expect(breaks(suspected('b'), suspected('c'), suspected('d'))).toBe('lead');
    expect(breaks(suspected('b'), suspected('c'))).toBe('lead');
    passes('d');
    expect(breaks(suspected('b'))).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('is one lead’s word when the first that is asked alone fails: the next is asked at once', () => {
    const { vendor, breaks, passes, resume } = given();
    breaks('a', 'b', 'c');
    resume();
    expect(breaks(suspected('a'))).toBe('vendor');
    expect(vendor.pauseMs()).toBe(0);
    passes('b');
    expect(vendor.state).toBe('FLOWING');
  });

  test('is the vendor’s when parts of it fail that have no lead in common', () => {
    const { vendor, breaks, passes, resume } = given();
    breaks('a', 'b', 'c', 'd', 'e');
    resume();
    passes('a');
    expect(breaks(suspected('b'), suspected('c'), suspected('d'), suspected('e'))).toBe('lead');
    expect(breaks(suspected('b'), suspected('c'))).toBe('lead');
    expect(breaks(suspected('d'), suspected('e'))).toBe('vendor');
    expect(vendor.pauseMs()).toBe(5 * second);
  });
});

describe('a vendor that is down', () => {
  test('is left alone longer with every probe that fails, up to 15 minutes, and nobody pays for it', () => {
    const { vendor, breaks, resume } = given();
    breaks('a');
    const pauses = ['b', 'a', 'b', 'a', 'b'].map((id) => {
      expect(breaks(suspected(id))).toBe('vendor');
      const pauseMs = vendor.pauseMs();
      resume();
      expect(vendor.pauseMs()).toBe(0);
      return pauseMs / second;
    });
    expect(pauses).toEqual([5, 30, 120, 900, 900]);
    expect(vendor.failures).toBe(5);
  });

  test('puts the lead of a probe behind those that come until the pause is nearly over', () => {
    const { breaks, fails } = given();
    breaks('a');
    expect(fails(['b'], { whole: true })).toEqual({ whose: 'vendor', dueInMs: 4_500 });
  });

  test('that says when to come back is obeyed, for a day at most', () => {
    const { vendor, breaks, fails, resume } = given();
    breaks('a');
    fails(['b'], { whole: true, retryAfterMs: 7 * minute });
    expect(vendor.pauseMs()).toBe(7 * minute);
    resume();
    fails(['a'], { whole: true, retryAfterMs: 48 * 60 * minute });
    expect(vendor.pauseMs()).toBe(24 * 60 * minute);
  });

  test('is not left alone longer for answers to calls from before the pause', () => {
    const { vendor, clock, breaks } = given();
    breaks('a', 'b');
    clock.now += second;
    expect([breaks('c', 'd'), breaks('e')]).toEqual(['vendor', 'vendor']);
    expect(vendor.snapshot()).toMatchObject({ state: 'VENDOR_DOWN', resumesInMs: 4 * second, failures: 1 });
  });

  test('is back with the first probe that passes, and its failures are forgotten', () => {
    const { vendor, breaks, passes, resume } = given();
    breaks('a', 'b');
    resume();
    expect(passes('a')).toBe(true);
    expect(vendor.snapshot()).toEqual({ state: 'FLOWING', resumesInMs: 0, failures: 0, suspectId: null });
    expect(passes('b')).toBe(false);
  });

  test('is given twice as many leads with every call that passes after it was back', () => {
    const { vendor, breaks, passes, resume } = given();
    expect(vendor.leadsMax(300)).toBe(300);
    breaks('a', 'b');
    resume();
    const sizes = ['a', 'b', 'c', 'd'].map((id) => {
      passes(id);
      return vendor.leadsMax(10);
    });
    expect(sizes).toEqual([2, 4, 8, 10]);
  });

  test('is not back for a late answer during the pause', () => {
    const { vendor, breaks, passes } = given();
    breaks('a', 'b');
    expect(passes('c')).toBe(false);
    expect(vendor.probing).toBe(true);
  });

  test('is remembered by the drain that follows', () => {
    const { vendor, clock, fails } = given({
      state: 'VENDOR_DOWN',
      resumesInMs: 2 * second,
      failures: 2,
      suspectId: 'a',
    });
    expect(vendor.probing).toBe(true);
    expect(vendor.pauseMs()).toBe(2 * second);
    clock.now += 2 * second;
    fails(['b']);
    expect(vendor.snapshot()).toMatchObject({ state: 'VENDOR_DOWN', resumesInMs: 2 * minute, failures: 3 });
  });

  test('is down for good reason where nothing of a lead was sent, whoever was asked and however often', () => {
    const { vendor, fails, resume } = given();
    for (const pause of [5, 30, 120, 900]) {
      expect(fails([spent('a')], { whole: true, unreached: true }).whose).toBe('vendor');
      expect(vendor.pauseMs()).toBe(pause * second);
      resume();
    }
  });
});

describe('a vendor that asks us to wait', () => {
  test.for(['THROTTLED', 'QUOTA_EXHAUSTED'] as const)(
    'is %s for so long, and flows with the first call after',
    (state) => {
      const { vendor, clock, passes } = given();
      vendor.waitFor(state, 20 * second);
      expect(vendor.snapshot()).toEqual({ state, resumesInMs: 20 * second, failures: 0, suspectId: null });
      expect(vendor.probing).toBe(false);
      clock.now += 20 * second;
      expect(vendor.pauseMs()).toBe(0);
      expect(passes('a')).toBe(true);
      expect(vendor.state).toBe('FLOWING');
    },
  );

  test('is not waited for a shorter time because another call was told less', () => {
    const { vendor } = given();
    vendor.waitFor('THROTTLED', 20 * second);
    vendor.waitFor('THROTTLED', second);
    expect(vendor.pauseMs()).toBe(20 * second);
    vendor.waitFor('THROTTLED', 30 * second);
    expect(vendor.pauseMs()).toBe(30 * second);
  });
});
