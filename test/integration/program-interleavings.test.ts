import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { MarketoWitness } from '../support/marketo-witness.ts';
import { Operator } from '../support/operator.ts';
import { goodName, RandomCommands } from '../support/random-commands.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { SluiceProgram } from '../support/sluice-program.ts';
import { brokenChains, replayed, sortedById } from '../support/transition-chain.ts';
import { TransitionReader } from '../support/transition-reader.ts';

const seeds = [20_261, 7];
const steps = 40;
const killAfterStep = 20;
const disconnectEvery = 9;

const lastName = {
  name: 'lastName',
  displayName: 'Last Name',
  dataType: 'string',
  updateable: true,
  allowedValues: [goodName],
};

let program: SluiceProgram;
beforeAll(async () => {
  program = await SluiceProgram.start();
});
afterAll(async () => void (await program.stop()));

test.for(seeds)(
  'whatever is commanded in whatever order, a hold holds and every move is told once (seed %i)',
  { timeout: 90_000 },
  async (seed) => {
    const random = new SeededRandom(seed);
    const witness = await MarketoWitness.start({ fields: [lastName], latencyMs: 40, rateMax: null });
    onTestFinished(() => witness.marketo.close());
    const operator = await Operator.connect(program, witness.marketo);
    onTestFinished(() => operator.disconnect());
    const { cursor: start } = await operator.read();
    const reader = new TransitionReader(program, operator.integrationId, start);
    onTestFinished(() => reader.stop());
    const commands = await RandomCommands.begin({ random, program, operator, witness });

    for (let step = 1; step <= steps; step += 1) {
      await commands.step();
      if (step === killAfterStep) await commands.killWhileCapturing();
      if (step % disconnectEvery === 0) await reader.disconnect();
      await expectSums(operator, commands.listed.size);
    }
    await commands.open();
    await commands.killWhileCapturing();
    await operator.until(({ preSync }) => preSync === 0);

    const { cursor, counts } = await operator.read();
    await reader.until(cursor);
    const { seen } = reader;
    expect(brokenChains(seen)).toEqual([]);
    expect(commands.watch.holds).toBeGreaterThan(steps / 2);
    expect(commands.watch.broken(witness, seen, start)).toEqual([]);
    expect(witness.overlaps()).toEqual([]);

    const [preSync, failed, cleared] = [
      await operator.list('PRE_SYNC'),
      await operator.list('FAILED'),
      await operator.list('CLEARED'),
    ];
    expect([preSync.length, failed.length, cleared.length]).toEqual([counts.preSync, counts.failed, counts.cleared]);
    const items = sortedById([...preSync, ...failed, ...cleared]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(commands.listed.size);
    expect(replayed(seen)).toEqual(items);
    expect(await replayAgain(operator, start, cursor)).toEqual(seen.map(({ id }) => id));

    const retries = await operator.listRetries();
    expect(retries.filter(({ status }) => status === 'RUNNING')).toEqual([]);
    const completed = retries.filter(({ status }) => status === 'COMPLETED');
    expect(completed.filter((retry) => retry.waiting > 0 || retry.cleared + retry.failed !== retry.total)).toEqual([]);
    expect(program.output.filter((line) => line.startsWith('{'))).toEqual([]);
  },
);

/** Everybody is somewhere, and nobody twice. */
async function expectSums(operator: Operator, listed: number): Promise<void> {
  const { counts, errorGroups } = await operator.read();
  const { total, preSync, frozen, queued, syncing, failed, cleared } = counts;
  expect(frozen + queued + syncing).toBe(preSync);
  expect(preSync + failed + cleared).toBe(total);
  expect(total).toBe(listed);
  expect(errorGroups.reduce((sum, { count }) => sum + count, 0)).toBe(failed);
}

/** Ids of all transitions, for a reader that comes late and whose connection holds. */
async function replayAgain(operator: Operator, start: string, end: string): Promise<string[]> {
  const reader = new TransitionReader(program, operator.integrationId, start);
  await reader.until(end);
  await reader.stop();
  return reader.seen.map(({ id }) => id);
}
