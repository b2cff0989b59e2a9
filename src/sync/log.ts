import { BadInputError } from '../domain/errors.ts';

/** A position in an integration's log, and the history that the position belongs to. */
export interface LogPosition {
  integrationId: string;
  logEpoch: string;
  position: number;
}

/** The opaque form that clients hand back. */
export function encodeCursor({ integrationId, logEpoch, position }: LogPosition): string {
  return Buffer.from(`${logEpoch}.${integrationId}.${position}`).toString('base64url');
}

/** Throws BadInputError for what is no cursor, or one of another integration. */
export function decodeCursor(cursor: string, integrationId: string): LogPosition {
  const [logEpoch, owner, digits, ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  if (!logEpoch || !owner || !digits || rest.length > 0 || !/^\d{1,15}$/.test(digits)) {
    throw new BadInputError('after: this is no cursor. Hand back a cursor as reconciliation or a transition gave it.');
  }
  if (owner !== integrationId) throw new BadInputError('after: this cursor belongs to another integration.');
  return { integrationId, logEpoch, position: Number(digits) };
}
