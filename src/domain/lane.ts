/**
 * Which of the leads that are due goes first. Within LIVE, what came after the gate opened goes before what the opening flushed. A smaller
 * number goes first.
 */
export const lanes = { LIVE: 0, RETRY: 1, BACKFILL: 2 } as const;
export type Lane = (typeof lanes)[keyof typeof lanes];

/** Why a push of a lead ran. */
export const attemptReasons = [
  'AUTOMATIC',
  'FLUSHED',
  'RELEASED',
  'RETRIED',
  'BACKFILLED',
  'AGAIN',
  'RECOVERED',
] as const;
export type AttemptReason = (typeof attemptReasons)[number];
