import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { LearntFlow } from '../../src/db/statements/vendor-flow.ts';
import { AccountLimits } from '../../src/sync/engine/account-limits.ts';
import { Pacer } from '../../src/sync/engine/pacing.ts';
import type { Services } from '../../src/sync/services.ts';

const wallClock = Date.parse('2026-11-24T12:00:00Z');
const minute = 60_000;

function given(known: Partial<LearntFlow> = {}) {
  const clock = { ms: 1_000 };
  const written: unknown[] = [];
  // The database is not under test here: what is written is noted, and nothing is read.
  const db = { transaction: async () => void written.push(clock.ms) };
  const services = { db, log: pino({ level: 'silent' }), now: () => new Date(wallClock + clock.ms - 1_000) };
  const pacer = new Pacer({ calls: 100, windowMs: 10_000 }, () => clock.ms);
  const job = { orgId: 'org', integrationId: 'integration' };
  const all = { quota: null, rate: null, ...known };
  const limits = new AccountLimits(services as unknown as Services, job, all, pacer, () => clock.ms);
  return { clock, pacer, limits, written };
}

const daily = (remaining: number, resetsAt: Date | null = new Date(wallClock + 60 * minute)) => ({
  daily: { limit: 1_000, remaining, resetsAt },
});

describe('what an account allows', () => {
  test('of a rate that the vendor tells, nine tenths are used', () => {
    const { limits, pacer, clock } = given();
    limits.learn({ rate: { calls: 10, windowMs: 10_000 } });
    const begunAt = clock.ms;
    let calls = 0;
    for (; clock.ms < begunAt + 10_000; calls += 1) {
      pacer.take();
      clock.ms += pacer.waitMs();
    }
    expect(calls).toBe(9);
  });

  test('the last tenth of the day is for live leads, until it starts anew', () => {
    const { limits, clock } = given();
    limits.learn(daily(101));
    expect(limits.liveOnly).toBe(false);
    limits.learn(daily(100));
    expect(limits.liveOnly).toBe(true);
    expect(limits.liveOnlyMs()).toBe(60 * minute);
    clock.ms += 60 * minute;
    expect(limits.liveOnly).toBe(false);
  });

  test('a quota that comes back little by little is looked at again after a quarter of an hour', () => {
    const { limits, clock } = given();
    limits.learn(daily(0, null));
    expect(limits.liveOnly).toBe(true);
    clock.ms += 15 * minute;
    expect(limits.liveOnly).toBe(false);
  });

  test('is known to the next drain', () => {
    const { limits, pacer } = given({
      quota: { limit: 1_000, remaining: 5, resetsInMs: 5 * minute, learntMsAgo: minute },
      rate: { calls: 1, windowMs: 4_000 },
    });
    expect(limits.liveOnlyMs()).toBe(5 * minute);
    pacer.take();
    expect(pacer.waitMs()).toBe(4_000);
  });

  test('is written when it matters, and a count that only goes down now and then', async () => {
    const { limits, clock, written } = given();
    limits.learn(daily(900));
    clock.ms += 1_000;
    limits.learn(daily(899));
    limits.learn(daily(100)); // the rest waits from here on
    clock.ms += 6_000;
    limits.learn(daily(99));
    await limits.settled();
    expect(written).toHaveLength(3);
  });
});
