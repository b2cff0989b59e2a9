import { describe, expect, test } from 'vitest';
import { VendorState } from '../../src/sync/engine/vendor-state.ts';

const second = 1_000;
const minute = 60 * second;

/** A vendor that is flowing, and the clock by which it is judged. */
function given(known: Partial<ConstructorParameters<typeof VendorState>[0]> = {}) {
  const clock = { now: 1_000 };
  const vendor = new VendorState(
    { state: 'FLOWING', resumesInMs: 0, failures: 0, ...known },
    () => clock.now,
    () => 0.5, // no jitter
  );
  /** A call that begins and fails now. */
  const fails = (ids: string[], { whole = false, retryAfterMs = null as number | null, startedAt = clock.now } = {}) =>
    vendor.failed(ids, whole, retryAfterMs, startedAt);
  const passes = (...ids: string[]) => {
    clock.now += 1;
    const changed = vendor.succeeded(ids);
    clock.now += 1;
    return changed;
  };
  return { vendor, clock, fails, passes };
}

describe('trouble that could be a lead’s own', () => {
  test('is the lead’s at first, and the vendor’s after three calls in a row of three leads', () => {
    const { vendor, fails } = given();
    expect([fails(['a']), fails(['b'])]).toEqual(['lead', 'lead']);
    expect(vendor.snapshot()).toEqual({ state: 'FLOWING', resumesInMs: 0, failures: 0 });
    expect(fails(['c'])).toBe('vendor');
    expect(vendor.snapshot()).toEqual({ state: 'VENDOR_DOWN', resumesInMs: 5 * second, failures: 1 });
  });

  test('stays the lead’s however often the same one fails', () => {
    const { vendor, fails } = given();
    for (let call = 0; call < 10; call += 1) expect(fails(['a'])).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('stays the leads’ where a call of others passes in between', () => {
    const { fails, passes } = given();
    expect([fails(['a']), fails(['b'])]).toEqual(['lead', 'lead']);
    passes('x');
    expect([fails(['c', 'd', 'e']), fails(['f'])]).toEqual(['lead', 'lead']);
  });

  test('of one call with many leads is not yet the vendor’s', () => {
    const { fails } = given();
    expect(fails(['a', 'b', 'c', 'd'])).toBe('lead');
  });
});

describe('trouble that by its kind is the vendor’s', () => {
  test('holds the integration at once', () => {
    const { vendor, fails } = given();
    expect(fails(['a'], { whole: true })).toBe('vendor');
    expect(vendor.probing).toBe(true);
  });

  test('is the lead’s where another call passed since this one began', () => {
    const { vendor, clock, fails, passes } = given();
    const startedAt = clock.now;
    passes('x');
    expect(fails(['a'], { whole: true, startedAt })).toBe('lead');
    expect(vendor.state).toBe('FLOWING');
  });

  test('is the lead’s where it failed alone before and others passed since', () => {
    const { vendor, clock, fails, passes } = given();
    expect(fails(['a'], { whole: true })).toBe('vendor');
    clock.now += 5 * second;
    passes('x');
    expect(fails(['a'], { whole: true })).toBe('lead');
    expect(fails(['b'], { whole: true })).toBe('vendor');
    expect(vendor.probing).toBe(true);
  });

  test('is the vendor’s again once the suspect itself has passed', () => {
    const { clock, fails, passes } = given();
    fails(['a'], { whole: true });
    clock.now += 5 * second;
    passes('a');
    expect(fails(['a'], { whole: true })).toBe('vendor');
  });
});

describe('a vendor that is down', () => {
  test('is left alone longer with every probe that fails, up to 15 minutes', () => {
    const { vendor, clock, fails } = given();
    const waits = [1, 2, 3, 4, 5].map(() => {
      fails(['a'], { whole: true });
      clock.now += vendor.pauseMs() - 1;
      expect(vendor.pauseMs()).toBe(1);
      clock.now += 1;
      expect(vendor.pauseMs()).toBe(0);
      return vendor.failures;
    });
    expect(waits).toEqual([1, 2, 3, 4, 5]);
    fails(['a'], { whole: true });
    expect(vendor.snapshot()).toEqual({ state: 'VENDOR_DOWN', resumesInMs: 15 * minute, failures: 6 });
  });

  test('that says when to come back is obeyed, for a day at most', () => {
    const { vendor, clock, fails } = given();
    fails(['a'], { whole: true, retryAfterMs: 7 * minute });
    expect(vendor.pauseMs()).toBe(7 * minute);
    clock.now += 7 * minute;
    fails(['a'], { whole: true, retryAfterMs: 48 * 60 * minute });
    expect(vendor.pauseMs()).toBe(24 * 60 * minute);
  });

  test('is not left alone longer for answers to calls from before the pause', () => {
    const { vendor, clock, fails } = given();
    fails(['a'], { whole: true });
    clock.now += second;
    expect(fails(['b'], { whole: true })).toBe('vendor');
    expect(vendor.snapshot()).toEqual({ state: 'VENDOR_DOWN', resumesInMs: 4 * second, failures: 1 });
  });

  test('is back with the first probe that passes, and its failures are forgotten', () => {
    const { vendor, clock, fails, passes } = given();
    fails(['a'], { whole: true });
    clock.now += 5 * second;
    expect(passes('a')).toBe(true);
    expect(vendor.snapshot()).toEqual({ state: 'FLOWING', resumesInMs: 0, failures: 0 });
    expect(passes('b')).toBe(false);
    expect(fails(['c'])).toBe('lead');
  });

  test('is not back for a late answer during the pause', () => {
    const { vendor, fails, passes } = given();
    fails(['a'], { whole: true });
    expect(passes('b')).toBe(false);
    expect(vendor.probing).toBe(true);
  });

  test('is remembered by the drain that follows', () => {
    const { vendor, clock, fails } = given({ state: 'VENDOR_DOWN', resumesInMs: 2 * second, failures: 2 });
    expect(vendor.probing).toBe(true);
    expect(vendor.pauseMs()).toBe(2 * second);
    clock.now += 2 * second;
    fails(['a']);
    expect(vendor.snapshot()).toEqual({ state: 'VENDOR_DOWN', resumesInMs: 2 * minute, failures: 3 });
  });
});

describe('a vendor that asks us to wait', () => {
  test.for(['THROTTLED', 'QUOTA_EXHAUSTED'] as const)(
    'is %s for so long, and flows with the first call after',
    (state) => {
      const { vendor, clock, passes } = given();
      vendor.waitFor(state, 20 * second);
      expect(vendor.snapshot()).toEqual({ state, resumesInMs: 20 * second, failures: 0 });
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
