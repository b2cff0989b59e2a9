import { z } from 'zod';
import { transportFaults } from '../faults.ts';

const scope = {
  times: z.int().min(1).nullable().default(1),
  path: z.string().optional(),
  email: z.string().optional(),
  afterWrite: z.boolean().default(false),
  code: z.string(),
  message: z.string().optional(),
};

/** A fault that waits for calls, or a change of the sign-in that holds at once. */
export const marketoFault = z.discriminatedUnion('kind', [
  ...transportFaults,
  /** The call as a whole is refused with this code. */
  z.object({ kind: z.literal('response'), ...scope }),
  /** A record is skipped for this reason. */
  z.object({ kind: z.literal('record'), ...scope }),
]);
export type MarketoFault = z.infer<typeof marketoFault>;
export type MarketoFaultInput = z.input<typeof marketoFault>;

export const signInChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), state: z.enum(['expired', 'invalid']) }),
  z.object({ kind: z.literal('credentials'), state: z.enum(['revoked', 'valid']) }),
  /** ISO time, or null for the real one. */
  z.object({ kind: z.literal('clock'), now: z.iso.datetime().nullable() }),
]);
export type SignInChange = z.infer<typeof signInChange>;
