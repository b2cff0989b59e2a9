import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { MarketoWitness } from '../support/marketo-witness.ts';
import { Operator } from '../support/operator.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { SluiceProgram } from '../support/sluice-program.ts';
import { brokenChains } from '../support/transition-chain.ts';
import { TransitionReader } from '../support/transition-reader.ts';

const seed = 4_112;
const leads = 8_000;
const leadsPerCapture = 1_000;
const kills = 3;
const latencyMs = 250;
/** Calls that begin between two kills: so few that the last kill finds work, as the vendor lives in this process and can't run ahead of it. */
const callsPerKill = 3;
/** Of the Marketo connector: leads in a call, and calls at once. */
const inFlightMax = 300 * 5;

let program: SluiceProgram;
beforeAll(async () => {
  program = await SluiceProgram.start();
});
afterAll(async () => void (await program.stop()));

test(`a flush that is killed three times sends everybody, and nobody again but who was in flight (seed ${seed})`, async () => {
  const random = new SeededRandom(seed);
  const witness = await MarketoWitness.start({ latencyMs, rateMax: null });
  onTestFinished(() => witness.marketo.close());
  const operator = await Operator.connect(program, witness.marketo);
  const { cursor: start } = await operator.read();
  const reader = new TransitionReader(program, operator.integrationId, start);
  onTestFinished(() => reader.stop());
  await operator.setSyncMode('MANUAL');
  const eventId = await operator.createEvent('Show');
  for (let first = 0; first < leads; first += leadsPerCapture) {
    const captured = Array.from({ length: leadsPerCapture }, (_, index) => ({
      email: `l${first + index}@example.com`,
    }));
    await operator.capture(eventId, captured);
  }
  expect((await operator.read()).counts).toMatchObject({ total: leads, frozen: leads, cleared: 0 });

  await operator.setSyncMode('AUTOMATIC');
  for (let kill = 1; kill <= kills; kill += 1) {
    const upserts = witness.upserts().length + random.upTo(callsPerKill);
    const pauseMs = random.upTo(latencyMs);
    await vi.waitUntil(() => witness.upserts().length >= upserts, { timeout: 30_000, interval: 2 });
    await pause(pauseMs); // the kill falls into any moment of a call: before, while and after it is answered
    await program.kill();
    await program.start();
    expect((await operator.read()).counts.cleared).toBeLessThan(leads);
  }
  await operator.until(({ cleared }) => cleared === leads);

  expect(new Set(witness.marketo.leads().map(({ fields }) => fields.email)).size).toBe(leads);
  expect(witness.marketo.leads().length).toBe(leads);
  expect(witness.overlaps()).toEqual([]);

  await reader.until((await operator.read()).cursor);
  expect(brokenChains(reader.seen)).toEqual([]);
  const recovered = reader.seen.filter(({ cause }) => cause === 'RECOVERED');
  expect(new Set(recovered.map(({ from }) => from))).toEqual(new Set(['SYNCING']));
  expect(recovered.length).toBeGreaterThan(0); // some kill fell into a call
  expect(recovered.length).toBeLessThanOrEqual(kills * inFlightMax);
  const sendsMax = new Map<string | null, number>();
  for (const { email } of recovered.map(({ item }) => item.lead)) sendsMax.set(email, (sendsMax.get(email) ?? 1) + 1);
  const sentTooOften = [...witness.arrivalsByEmail()].filter(([email, sent]) => sent > (sendsMax.get(email) ?? 1));
  expect(sentTooOften).toEqual([]);
  expect(program.output.filter((line) => line.startsWith('{'))).toEqual([]);
}, 90_000);
