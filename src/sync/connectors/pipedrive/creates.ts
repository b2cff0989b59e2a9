import type { PushRecord } from '../connector.ts';
import type { PipedriveSession } from './api.ts';
import { emailKeyOf } from './payload.ts';

/** A create of the record's person, by this push's session or an earlier one. */
export interface KnownCreate {
  agoMs: number;
  /** Null: nobody knows what became of it. */
  remoteId: string | null;
}

interface Remembered {
  at: number;
  /** Null: not answered yet, or never. */
  outcome: { remoteId: string } | 'refused' | null;
}

const memoryKey = 'pipedrive.creates';
/** As long as the engine tells of creates. */
const rememberedMs = 15 * 60_000;
/** The engine's clock and ours are not the same one. */
const skewMs = 2_000;

/** Notes that the person is about to be created, here and where later processes find it. False: then it must not be sent. */
export async function beginCreate(record: PushRecord, session: PipedriveSession): Promise<boolean> {
  if (session.creating && !(await session.creating(record.itemId))) return false;
  remember(record, session, null);
  return true;
}

/** Notes Pipedrive's answer to it. */
export function endCreate(
  record: PushRecord,
  session: PipedriveSession,
  outcome: { remoteId: string } | 'refused',
): void {
  remember(record, session, outcome);
}

/** The latest create of the person that may have succeeded; null: there was none of late. */
export function earlierCreate(record: PushRecord, session: PipedriveSession): KnownCreate | null {
  const remembered = memoryOf(session).get(emailKeyOf(record) ?? '');
  const told = record.earlierCreate ?? null;
  const nowMs = session.now();
  if (!remembered || nowMs - remembered.at > rememberedMs) return told;
  const agoMs = nowMs - remembered.at;
  const isOurs = told === null || told.agoMs > agoMs - skewMs;
  if (remembered.outcome === 'refused') return isOurs && told?.remoteId == null ? null : told;
  return {
    agoMs: Math.min(agoMs, told?.agoMs ?? agoMs),
    remoteId: remembered.outcome?.remoteId ?? told?.remoteId ?? null,
  };
}

function remember(record: PushRecord, session: PipedriveSession, outcome: Remembered['outcome']): void {
  const memory = memoryOf(session);
  const key = emailKeyOf(record) ?? '';
  const at = outcome === null ? session.now() : (memory.get(key)?.at ?? session.now());
  memory.delete(key); // so that the oldest stays first
  memory.set(key, { at, outcome });
  for (const [oldest, { at: since }] of memory) {
    if (session.now() - since <= rememberedMs) break;
    memory.delete(oldest);
  }
}

function memoryOf({ memory }: Pick<PipedriveSession, 'memory'>): Map<string, Remembered> {
  const known = memory.get(memoryKey) as Map<string, Remembered> | undefined;
  const creates = known ?? new Map<string, Remembered>();
  if (!known) memory.set(memoryKey, creates);
  return creates;
}
