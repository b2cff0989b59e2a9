import { listOperations } from '../src/db/statements/operations.ts';
import { runOperation } from '../src/sync/operations/run-operation.ts';
import { outcomeOf } from '../src/sync/verification/verification.ts';
import { verificationHandler } from '../src/sync/verification/verification-handler.ts';
import { verify } from '../src/sync/verification/verify.ts';
import type { BenchServer } from './harness/postgres.ts';
import { type Report, short } from './harness/report.ts';
import { openWorkList, type WorkList } from './harness/work-list.ts';

const many = 1_000_000;
const few = 1_000;
const megabyte = 1_048_576;

/** The whole proof of a work list of a million, without the vendor: how long it takes, and how much memory. */
export async function run(server: BenchServer): Promise<Report> {
  const small = await openWorkList(server, few);
  await proveAll(small); // what is loaded once
  const ofSmall = await proveAll(small);
  await small.stop();
  const large = await openWorkList(server, many);
  const ofLarge = await proveAll(large);
  await large.stop();
  return {
    rows: [
      {
        what: `verification, ${many.toLocaleString('en')} frozen against ${few.toLocaleString('en')}: peak memory`,
        ours: `${short(ofLarge.peakMb)} MB`,
        against: `${short(ofSmall.peakMb)} MB`,
        ratios: [ofLarge.peakMb / ofSmall.peakMb],
        goal: { atMost: 1.3 },
      },
      {
        what: 'the same: time for each lead and each transition looked at',
        ours: `${short(ofLarge.usEach)} us`,
        against: `${short(ofSmall.usEach)} us`,
        ratios: [ofLarge.usEach / ofSmall.usEach],
        goal: { atMost: 3 },
      },
    ],
    notes: [
      `The large one: ${ofLarge.done.toLocaleString('en')} leads and transitions in ${short(ofLarge.seconds)} s.`,
    ],
  };
}

async function proveAll({ services, viewer }: WorkList) {
  const owner = services.newId();
  let peak = process.memoryUsage().rss;
  const startedAt = performance.now();
  const id = await verify(services, viewer, {
    integrationId: null,
    readBack: false,
    owner: { id: owner, leaseSeconds: 60 },
  });
  const [claimed] = await listOperations(services.db, [{ orgId: viewer.orgId, operationId: id }]);
  if (!claimed) throw new Error('the verification did not begin');
  const { operation } = await runOperation({
    services,
    handler: verificationHandler,
    operation: claimed,
    owner,
    leaseSeconds: 60,
    signal: new AbortController().signal,
    onCommitted: () => {
      peak = Math.max(peak, process.memoryUsage().rss);
    },
  });
  const ms = performance.now() - startedAt;
  if (outcomeOf(operation) !== 'HOLDS') throw new Error(`the list does not hold: ${JSON.stringify(operation.result)}`);
  const { done } = operation;
  return { peakMb: peak / megabyte, usEach: (ms * 1_000) / done, seconds: ms / 1_000, done };
}
