import { disable } from '../src/sync/disable.ts';
import { enable } from '../src/sync/enable.ts';
import type { Jobs } from '../src/sync/engine/jobs.ts';
import { retryEvent } from '../src/sync/retry.ts';
import { setSyncMode } from '../src/sync/set-sync-mode.ts';
import type { BenchServer } from './harness/postgres.ts';
import { median, type Report, type Row, short } from './harness/report.ts';
import { openWorkList, type WorkList } from './harness/work-list.ts';

const many = 1_000_000;
/** More than one chunk of a release, and no more than that. */
const few = 1_000;
const fewest = 10;
const rounds = 5;
const switchesPerTurn = 40;
const releasesPerTurn = 4;

/** Switches with a million frozen leads and with ten, turn by turn. Nothing drains: what is measured is the mutation alone. */
export async function run(server: BenchServer): Promise<Report> {
  const large = await openWorkList(server, many);
  const small = await openWorkList(server, few);
  const smallest = await openWorkList(server, fewest);
  const rows = [
    await compare('setSyncMode to Automatic', switchToAutomatic, large, smallest, fewest, switchesPerTurn),
    await compare('setSyncMode to Manual', switchToManual, large, smallest, fewest, switchesPerTurn),
    await compare('disableIntegration', switchOff, large, smallest, fewest, switchesPerTurn),
    await compare(
      'retryEvent: until its first 500 are released',
      releaseFirstChunk,
      large,
      small,
      few,
      releasesPerTurn,
    ),
  ];
  for (const list of [large, small, smallest]) await list.stop();
  return {
    rows,
    notes: [`Medians of ${switchesPerTurn} calls a turn (retryEvent: ${releasesPerTurn}), ${rounds} turns each.`],
  };
}

/** Does the thing once, and undoes it. Returns how long the thing took, in ms. */
type Change = (list: WorkList) => Promise<number>;

async function compare(
  what: string,
  change: Change,
  large: WorkList,
  small: WorkList,
  smallCount: number,
  calls: number,
): Promise<Row> {
  const turn = async (list: WorkList) => {
    const all: number[] = [];
    for (let call = 0; call < calls; call++) all.push(await change(list));
    return median(all);
  };
  await turn(large);
  await turn(small);
  const ofLarge: number[] = [];
  const ofSmall: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ofLarge.push(await turn(large));
    ofSmall.push(await turn(small));
  }
  return {
    what: `${what}, ${many.toLocaleString('en')} frozen against ${smallCount.toLocaleString('en')}`,
    ours: `${short(median(ofLarge))} ms`,
    against: `${short(median(ofSmall))} ms`,
    ratios: ofLarge.map((ms, round) => ms / (ofSmall[round] ?? ms)),
    goal: { atMost: 2 },
  };
}

const toManual = ({ services, viewer, integrationId }: WorkList) =>
  setSyncMode(services, viewer, { integrationId, mode: 'MANUAL', confirm: true });
const toAutomatic = ({ services, viewer, integrationId }: WorkList) =>
  setSyncMode(services, viewer, { integrationId, mode: 'AUTOMATIC' });

const switchToAutomatic: Change = async (list) => {
  const ms = await timed(() => toAutomatic(list));
  await toManual(list);
  return ms;
};

const switchToManual: Change = async (list) => {
  await toAutomatic(list);
  return timed(() => toManual(list));
};

const switchOff: Change = async (list) => {
  const { services, viewer, integrationId } = list;
  const ms = await timed(() => disable(services, viewer, { integrationId }));
  await enable(services, viewer, { integrationId });
  return ms;
};

/** Until the first chunk wants its drain, the last thing before its commit. The second chunk is refused, so that the release ends there. */
const releaseFirstChunk: Change = async (list) => {
  const { services, viewer, integrationId, eventIds } = list;
  const refusal = new Error('one chunk is enough');
  const releasedAt: number[] = [];
  const jobs: Pick<Jobs, 'drain'> = {
    async drain(...of) {
      releasedAt.push(performance.now());
      if (releasedAt.length > 1) throw refusal;
      await services.jobs.drain(...of);
    },
  };
  const startedAt = performance.now();
  const input = { integrationId, eventId: eventIds[0] ?? '' };
  await retryEvent({ ...services, jobs: { ...jobs, drainAll: services.jobs.drainAll } }, viewer, input).catch(
    (error) => {
      if (error !== refusal) throw error;
    },
  );
  await toAutomatic(list);
  await toManual(list); // freezes them again and cancels the retry
  return (releasedAt[0] ?? Number.NaN) - startedAt;
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
