import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorCategories, type SyncErrorData } from '../../src/domain/error-categories.ts';
import type { Connector, PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import { campaignSuite } from './campaign-suite.ts';
import { interruptionSuite } from './interruption-suite.ts';
import { lookupSuite } from './lookup-suite.ts';
import { recordOf as neutralRecordOf } from './records.ts';
import { outcomesOf, type Stand, type SuiteTools } from './stand.ts';
import { createWorkbench } from './workbench.ts';

export interface SuiteOptions<Input, Credentials> {
  connector: Connector<Input, Credentials>;
  start(): Promise<Stand<Input, Credentials>>;
  /** What a push amounts to that is answered by a web page with status 200, or by 5 MB. */
  kindOf: { html: PushAnswer['kind']; oversize: PushAnswer['kind'] };
  /** True: access tokens are fetched, and `refuseTokens` works. */
  signsIn: boolean;
  /** After so many requests the vendor does the rest by itself: when time is over then, what becomes of the push is not known. */
  backgroundAfter?: number;
  /** The remote fields that records of the suite carry; the vendor must have them and take any short text. Default: email and firstName. */
  fields?: { email: string; firstName: string };
  /** What every record needs besides, for the vendor to take it. */
  required?: Record<string, string>;
}

/** What every connector promises, whatever its vendor. */
export function connectorSuite<Input, Credentials>({
  connector,
  start,
  kindOf,
  signsIn,
  backgroundAfter = Number.POSITIVE_INFINITY,
  fields = { email: 'email', firstName: 'firstName' },
  required = {},
}: SuiteOptions<Input, Credentials>): void {
  const given = async () => {
    const stand = await start();
    onTestFinished(() => stand.close());
    const bench = createWorkbench();
    if (stand.hosts) bench.tools.hosts = stand.hosts;
    if (stand.elapse) bench.elapse = stand.elapse;
    return { stand, bench, session: bench.session(stand.credentials) };
  };
  const recordOf = (email: string, overrides: Partial<PushRecord> = {}) => {
    const name = email.split('@')[0] ?? email;
    const values = { [fields.email]: email, [fields.firstName]: name, ...required };
    return neutralRecordOf(email, { values, ...overrides });
  };
  const recordsOf = (count: number, prefix = 'lead') =>
    Array.from({ length: count }, (_, index) => recordOf(`${prefix}${index}@example.test`));
  const tools: SuiteTools<Input, Credentials> = { connector, fields, given, recordOf, recordsOf };
  const batchOf = (prefix: string) => recordsOf(Math.min(connector.limits.batchMax, 25), prefix);
  const emailsOf = (batch: PushRecord[]) => batch.map(({ lead }) => lead.email);

  describe(`${connector.vendor} as every connector`, () => {
    test('connects, says which account it is, and sends no lead', async () => {
      const { stand, bench } = await given();
      const tools = bench.tools;
      const answer = await connector.connect(stand.input, tools);
      expect(answer).toMatchObject({
        kind: 'connected',
        accountId: expect.any(String),
        accountName: expect.any(String),
      });
      expect(stand.stored()).toEqual([]);
      if (answer.kind !== 'connected') return;
      for (const secret of stand.secrets) expect(answer.accountId + answer.accountName).not.toContain(secret);
      expect(connector.credentials.parse(JSON.parse(JSON.stringify(answer.credentials)))).toEqual(answer.credentials);
      expect(await connector.connect(stand.input, tools)).toMatchObject({ accountId: answer.accountId });
    });

    test('describes its fields', async () => {
      const { session } = await given();
      expect(await connector.describe(session)).toMatchObject({ kind: 'described', fields: expect.any(Array) });
    });

    test('accepts a full batch: one outcome per record, in order', async () => {
      const { stand, session } = await given();
      const batch = recordsOf(connector.limits.batchMax);
      const answer = await connector.push(batch, session);
      expect(answer).toMatchObject({ kind: 'answered' });
      expect(outcomesOf(answer).map(({ kind }) => kind)).toEqual(batch.map(() => 'cleared'));
      expect(stand.stored()).toEqual(emailsOf(batch));
    });

    test('sends exactly its payload, and tells the exchange of every record, whatever becomes of it', async () => {
      const { stand, bench, session } = await given();
      const bad = recordOf('bad@example.test');
      stand.refuse('bad@example.test');
      const batch = [...recordsOf(2), bad];
      for (let at = 0; at < batch.length; at += connector.limits.batchMax) {
        await connector.push(batch.slice(at, at + connector.limits.batchMax), session);
      }
      for (const record of batch) {
        const payload = connector.payload(record, null, stand.credentials);
        const told = bench.exchanges.filter(({ itemId }) => itemId === record.itemId);
        expect(told.map((exchange) => JSON.stringify(exchange.payload))).toContain(JSON.stringify(payload));
        for (const exchange of told)
          expect(exchange).toMatchObject({
            request: expect.stringMatching(/^[A-Z]+ \/\S*$/),
            status: expect.any(Number),
          });
        if (record !== bad)
          expect(JSON.stringify(stand.received(record.lead.email ?? ''))).toBe(JSON.stringify(payload));
      }
    });

    test('tells the exchange also where there was no answer', async () => {
      const { stand, bench, session } = await given();
      const batch = batchOf('silent');
      stand.hang(true);
      const pushing = connector.push(batch, session);
      await stand.untilHanging();
      bench.timeOut();
      await pushing;
      for (const { itemId } of batch) {
        expect(bench.exchanges.filter((exchange) => exchange.itemId === itemId)).toContainEqual(
          expect.objectContaining({ status: null }),
        );
      }
    });

    test('a repeated push changes nothing', async () => {
      const { stand, session } = await given();
      const batch = batchOf('again');
      const first = await connector.push(batch, session);
      expect(await connector.push(batch, session)).toEqual(first);
      expect(stand.stored()).toEqual(emailsOf(batch));
    });

    test('a refused record fails alone; the others are taken, in their places', async () => {
      const { stand, session } = await given();
      const bad = recordOf('bad@example.test');
      stand.refuse('bad@example.test');
      const others = recordsOf(4);
      const order = [...others.slice(0, 2), bad, ...others.slice(2)];
      const kinds: string[] = [];
      for (let at = 0; at < order.length; at += connector.limits.batchMax) {
        const answer = await connector.push(order.slice(at, at + connector.limits.batchMax), session);
        kinds.push(...outcomesOf(answer).map(({ kind }) => kind));
      }
      expect(kinds).toEqual(['cleared', 'cleared', 'failed', 'cleared', 'cleared']);
      expect(stand.stored()).toEqual(emailsOf(others));
    });

    test('throttled: says when to go on, and nothing was taken', async () => {
      const { stand, session } = await given();
      stand.throttle();
      const answer = await connector.push(batchOf('slow'), session);
      expect(answer).toMatchObject({
        kind: 'throttled',
        error: { category: 'RATE_LIMITED' },
        retryAfterMs: expect.any(Number),
      });
      expect(answer.kind === 'throttled' && answer.retryAfterMs).toBeGreaterThan(0);
      expect(stand.stored()).toEqual([]);
    });

    test('times out in the middle of a write; repeated, there is no duplicate', async () => {
      const { stand, bench, session } = await given();
      const batch = batchOf('twice');
      stand.hang(true);
      const pushing = connector.push(batch, session);
      await stand.untilHanging();
      bench.timeOut();
      expect(await pushing).toMatchObject({ kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } });
      const again = await connector.push(batch, session);
      expect(outcomesOf(again).map(({ kind }) => kind)).toEqual(batch.map(() => 'cleared'));
      expect(stand.stored()).toEqual(emailsOf(batch));
    });

    test('the signal ends a push under way', async () => {
      const { stand, bench } = await given();
      const controller = new AbortController();
      stand.hang(false);
      const pushing = connector.push(batchOf('late'), bench.session(stand.credentials, { signal: controller.signal }));
      await stand.untilHanging();
      controller.abort();
      expect(await pushing).toMatchObject({ kind: 'unavailable', whole: false });
    });

    test('aborted before it began, it sends nothing', async () => {
      const { stand, bench } = await given();
      const session = bench.session(stand.credentials, { signal: AbortSignal.abort() });
      expect(await connector.push(batchOf('never'), session)).toEqual({ kind: 'unsent' });
      expect(stand.requests()).toBe(0);
    });

    test('asks for the time that is left before every request, and sends nothing more once there is none', async () => {
      const { stand, bench } = await given();
      const push = (timeLeftMs: () => number) =>
        connector.push([recordOf('time@example.test')], bench.session(stand.credentials, { timeLeftMs }));
      await push(() => 60_000);
      const needed = stand.requests();
      for (let allowed = 0; allowed < needed; allowed++) {
        const before = stand.requests();
        const answer = await push(() => (stand.requests() - before < allowed ? 60_000 : 0));
        if (allowed < backgroundAfter) expect(answer).toEqual({ kind: 'unsent' });
        else expect(answer).toMatchObject({ kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } });
        expect(stand.requests() - before).toBe(allowed);
      }
    });

    test.for(['html', 'oversize', 'reset'] as const)('an answer of %s ends the push in its own way', async (kind) => {
      const { stand, session } = await given();
      stand.answer(kind);
      const expected = { ...kindOf, reset: 'unavailable' }[kind];
      expect(await connector.push(batchOf(kind), session)).toMatchObject({ kind: expected });
    });

    test('a vendor that is gone is unavailable as a whole, and no record is to blame', async () => {
      const { stand, bench, session } = await given();
      await stand.close();
      const answer = await connector.push(batchOf('gone'), session);
      const error = { category: 'VENDOR_UNAVAILABLE' };
      expect(answer).toMatchObject({ kind: 'unavailable', whole: true, unreached: true, error });
      const tools = bench.tools;
      expect(await connector.connect(stand.input, tools)).toMatchObject({ kind: 'unavailable' });
    });

    if (signsIn)
      test('refused after one refresh, it is unauthorized', async () => {
        const { stand, session } = await given();
        stand.refuseTokens?.();
        const before = stand.requests();
        const answer = await connector.push(batchOf('barred'), session);
        expect(answer).toMatchObject({ kind: 'unauthorized', error: { category: 'AUTHENTICATION' } });
        expect([3, 4]).toContain(stand.requests() - before); // a call twice, with a new token between; a first one where none is stored
      });

    test('no answer repeats a secret, even if the vendor does', async () => {
      const { stand, session } = await given();
      const words = `Refused: ${stand.secrets.join(' and ')} (${stand.secrets.map(encodeURIComponent).join()})`;
      stand.refuseInWords(words);
      const told = JSON.stringify(await connector.push([recordOf('spy@example.test')], session));
      expect(told).toContain('Refused'); // its words came through
      for (const secret of stand.secrets) {
        expect(told).not.toContain(secret);
        expect(told).not.toContain(encodeURIComponent(secret));
      }
    });

    test('whatever the vendor answers, push tells it in one of its ways and never throws', async () => {
      const { stand, session } = await given();
      const bodies = fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .record({ success: fc.boolean(), result: fc.array(fc.jsonValue()), errors: fc.array(fc.jsonValue()) })
          .map((body) => JSON.stringify(body)),
        fc
          .record({
            success: fc.constant(true),
            result: fc.array(fc.record({ status: fc.string(), reasons: fc.jsonValue() })),
          })
          .map((body) => JSON.stringify(body)),
      );
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 200, max: 599 }), bodies, async (status, body) => {
          stand.answer({ status, body });
          const answer = await connector.push([recordOf('fuzz@example.test')], session);
          if (answer.kind === 'answered') expect(answer.outcomes).toHaveLength(1);
          for (const error of errorsOf(answer)) expect(errorCategories).toContain(error.category);
        }),
        { numRuns: 60 },
      );
    });

    lookupSuite(tools);
    interruptionSuite(tools, signsIn);
    if (connector.campaigns) campaignSuite(tools);
  });
}

function errorsOf(answer: PushAnswer): SyncErrorData[] {
  if (answer.kind === 'unsent') return [];
  if (answer.kind !== 'answered') return [answer.error];
  return answer.outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
}
