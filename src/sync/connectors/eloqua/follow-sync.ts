import { z } from 'zod';
import { type Stopped, syncError } from '../connector.ts';
import { type ApiReply, notUnderstood } from '../rest/call.ts';
import { bulkPath, call, type EloquaSession, name } from './api.ts';

/** How a sync ended. `warning`: some records were rejected, or something else is to be told. */
export type SyncEnd = { kind: 'ended'; status: 'success' | 'warning' | 'error' } | { kind: 'stopped'; answer: Stopped };

const firstPauseMs = 250;
const pauseGrowth = 1.5;
const pauseMsMax = 10_000;
/** A sync that takes longer is not waited for: its records are pushed again later, which converges. */
const syncMsMax = 5 * 60_000;

const sync = z.object({ status: z.string() });

/** Looks at a sync, less and less often, until it has ended. Its records' outcome is not known before. */
export async function followSync(session: EloquaSession, uri: string, statusAtStart: string | null): Promise<SyncEnd> {
  const startedAt = session.now();
  let status = statusAtStart?.toLowerCase() ?? '';
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, pauseMsMax)) {
    if (status === 'success' || status === 'warning') return { kind: 'ended', status };
    if (status.startsWith('error')) return { kind: 'ended', status: 'error' }; // "error" or "errored", by the page one reads
    if (session.now() - startedAt > syncMsMax) return { kind: 'stopped', answer: notFinished };
    await session.pause(pauseMs);
    const reply = await readPatiently(session, `${bulkPath}${uri}`);
    if (reply.kind === 'stopped') return reply;
    const read = sync.safeParse(reply.response.body).data;
    if (!read) return { kind: 'stopped', answer: notUnderstood(name, session, reply.response) };
    status = read.status.toLowerCase();
  }
}

/** By its kind the vendor's trouble: it works, but not as fast as it is given work. */
const notFinished: Stopped = {
  kind: 'unavailable',
  error: syncError('TIMEOUT', 'Eloqua did not finish the import in time.'),
  whole: true,
  retryAfterMs: null,
};

const triesMax = 3;
const trouble = { pauseMs: 1_000, pauseMsMax: 60_000 };

/**
 * Reads something of a sync that was started. Trouble on the way says nothing of what the sync does, and a push that gave up on it would import
 * everything once more: so it is asked again, up to three times.
 */
export async function readPatiently(session: EloquaSession, path: string): Promise<ApiReply> {
  for (let tries = 1; ; tries++) {
    const reply = await call(session, { method: 'GET', path, uncounted: true, answerBytesMax: 40_000_000 });
    if (reply.kind === 'response') return reply;
    const { answer } = reply;
    if (answer.kind === 'unsent') return { kind: 'stopped', answer: outOfTime };
    const passes = answer.kind === 'throttled' || answer.kind === 'unavailable';
    if (!passes || tries === triesMax) return reply;
    await session.pause(Math.min(answer.retryAfterMs ?? trouble.pauseMs * tries, trouble.pauseMsMax));
  }
}

const outOfTime: Stopped = {
  kind: 'unavailable',
  error: syncError('TIMEOUT', 'There was no time left to wait for the import.'),
  whole: false,
  retryAfterMs: null,
};
