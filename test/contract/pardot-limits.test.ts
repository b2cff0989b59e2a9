import { describe, expect, test } from 'vitest';
import { pardot } from '../../src/sync/connectors/pardot/pardot.ts';
import { clientInputOf, givenPardot as given, outcomeOf } from './pardot-stand.ts';
import { recordOf, recordsOf } from './records.ts';

// The clock of the workbench stands at 2026-11-23T12:00:00Z.
describe('the daily calls', () => {
  test.for([
    ['America/New_York', '2026-11-24T05:00:00Z'],
    ['Asia/Tokyo', '2026-11-23T15:00:00Z'],
    ['Asia/Kolkata', '2026-11-23T18:30:00Z'],
  ] as const)('of an account in %s are used up until its midnight', async ([timeZone, midnight]) => {
    const { bench, push } = await given({ timeZone, dailyMax: 1 });
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' }); // its answer tells an instant as the account has it
    expect(await push()).toMatchObject({ kind: 'quota', resetsAt: new Date(midnight) });
    bench.now = Date.parse(midnight);
    expect(outcomeOf(await push())).toMatchObject({ kind: 'cleared' });
  });

  test('are learnt from the header of every answer, the refusal included', async () => {
    const { bench, push } = await given({ dailyMax: 2 });
    const resetsAt = new Date('2026-11-24T05:00:00Z');
    for (const remaining of [1, 0, 0]) {
      await push();
      expect(bench.learnt.at(-1)).toEqual({ daily: { limit: 2, remaining, resetsAt } });
    }
  });

  test('are known by the account that was connected, before the first push', async () => {
    const { bench, vendor, push } = await given({ timeZone: 'Asia/Tokyo', dailyMax: 3 });
    await push();
    const answer = await pardot.connect(clientInputOf(vendor), bench.tools);
    if (answer.kind !== 'connected') throw new Error(answer.message);
    expect(answer.credentials.timeZone).toBe('+09:00');
    const fresh = bench.session(answer.credentials);
    expect(await pardot.push([recordOf('bob@example.test')], fresh)).toMatchObject({
      kind: 'quota',
      resetsAt: new Date('2026-11-23T15:00:00Z'),
    });
  });

  test('of an account whose time zone no answer told are asked for again at every full hour', async () => {
    const { bench, push } = await given({ dailyMax: 0 });
    bench.now += 12 * 60_000;
    expect(await push()).toMatchObject({ kind: 'quota', resetsAt: new Date('2026-11-23T13:00:00Z') });
    expect(bench.learnt.at(-1)).toEqual({});
  });

  test('are counted anew where an instant is told in UTC, which says nothing of the account', async () => {
    const { vendor, push } = await given();
    const told = { kind: 'status' as const, status: 200, body: '{"id":1,"updatedAt":"2026-11-23T12:00:00Z"}' };
    vendor.fault({ ...told, path: 'upsertLatestByEmail' });
    await push();
    vendor.fault({ kind: 'status', status: 400, body: '{"code":122}', path: 'upsertLatestByEmail' });
    expect(await push()).toMatchObject({ kind: 'quota', resetsAt: new Date('2026-11-23T13:00:00Z') });
  });
});

describe('calls at once', () => {
  test('as many as the connector asks for are within what a business unit takes, with one to spare', async () => {
    const { vendor, session } = await given({ latencyMs: 5 });
    const { concurrentMax } = pardot.limits;
    const answers = await Promise.all(recordsOf(concurrentMax).map((record) => pardot.push([record], session)));
    expect(answers.map((answer) => outcomeOf(answer)?.kind)).toEqual(answers.map(() => 'cleared'));
    expect(vendor.inFlightMax()).toBe(concurrentMax);
    expect(concurrentMax).toBeLessThan(5);
  });

  test('beyond that are throttled for a moment, and nobody is to blame', async () => {
    const { vendor, session } = await given();
    const go = vendor.pause();
    const pushes = recordsOf(8).map((record) => pardot.push([record], session));
    await expect.poll(() => vendor.calls().length).toBe(8);
    go();
    const kinds = (await Promise.all(pushes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'throttled')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'answered')).toHaveLength(5);
  });
});
