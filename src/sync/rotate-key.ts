import {
  findSealedRow,
  listSealedRows,
  replaceSealed,
  type SealedKind,
  type SealedRow,
  sealedKinds,
} from '../db/statements/sealed-rows.ts';
import { authorizationContext } from './authorizations.ts';
import { credentialsContext } from './connection.ts';
import { sealContextOf } from './notifications/send.ts';
import type { Services } from './services.ts';

/** Something that no key of SECRET_KEYS opens. */
export interface Unreadable {
  kind: SealedKind;
  organization: string;
  name: string;
  id: string;
  /** The key that it names. */
  keyId: string;
}

export interface KeyRotation {
  /** By kind. */
  reencrypted: Record<SealedKind, number>;
  current: number;
  unreadable: Unreadable[];
  /** Written again and again under another key while this ran: some server has another key first. */
  contested: number;
}

/** How often a row is tried that is written at the same moment. */
const triesMax = 3;

const contextOf: Record<SealedKind, (orgId: string, id: string) => string> = {
  credentials: credentialsContext,
  authorization: authorizationContext,
  notificationWebhook: sealContextOf,
};

/**
 * Encrypts everything that is sealed with the first key anew, row by row and beside running servers: a row that somebody writes meanwhile, a
 * renewed token say, stays as they wrote it and is looked at again. Doing it twice changes nothing. For whoever may use the database.
 */
export async function rotateKey(services: Pick<Services, 'db' | 'vault'>, chunk = 200): Promise<KeyRotation> {
  const result: KeyRotation = {
    reencrypted: { credentials: 0, authorization: 0, notificationWebhook: 0 },
    current: 0,
    unreadable: [],
    contested: 0,
  };
  for (const kind of sealedKinds) {
    for (let after: SealedRow | null = null; ; ) {
      const rows: SealedRow[] = await listSealedRows(services.db, kind, after, chunk);
      for (const row of rows) note(result, kind, row, await reencrypt(services, kind, row));
      after = rows.at(-1) ?? null;
      if (rows.length < chunk) break;
    }
  }
  return result;
}

type Outcome = 'reencrypted' | 'current' | 'unreadable' | 'contested' | 'gone';

async function reencrypt(
  { db, vault }: Pick<Services, 'db' | 'vault'>,
  kind: SealedKind,
  first: SealedRow,
): Promise<Outcome> {
  let row = first;
  for (let tries = 0; tries < triesMax; tries++) {
    const context = contextOf[kind](row.orgId, row.id);
    let plain: string;
    try {
      plain = vault.open(row, context);
    } catch {
      return 'unreadable'; // what was thrown is not told: it may quote what was decrypted
    }
    if (row.keyId === vault.keyId) return 'current';
    if (await replaceSealed(db, kind, row, vault.seal(plain, context))) return 'reencrypted';
    const now = await findSealedRow(db, kind, row);
    if (!now) return 'gone';
    row = now;
  }
  return 'contested';
}

function note(result: KeyRotation, kind: SealedKind, row: SealedRow, outcome: Outcome): void {
  if (outcome === 'reencrypted') result.reencrypted[kind] += 1;
  else if (outcome === 'current') result.current += 1;
  else if (outcome === 'contested') result.contested += 1;
  else if (outcome === 'unreadable') {
    const { organization, name, id, keyId } = row;
    result.unreadable.push({ kind, organization, name, id, keyId });
  }
}
