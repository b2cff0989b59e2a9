import type { OperationRow } from '../../db/statements/operations.ts';
import { type Balance, emptyBalance, type FindingKind, type ReadBackState } from '../../domain/verification.ts';

/** What was asked for. */
export interface VerificationInput {
  readBack: boolean;
}

/** Which part of the check is under way. LEADS is the organization's, the others are each integration's. */
export type Phase = 'LEADS' | 'EVENTS' | 'ITEMS' | 'LOG' | 'READ_BACK';

/** How the read-back of one integration goes, and how it ended. */
export interface ReadBack {
  state: ReadBackState;
  /** Records that were asked for at the vendor. */
  checked: number;
  missing: number;
  /** CLEARED ones that can't be asked for: the vendor gave no id, or it belongs to another account. */
  unknown: number;
  /** Why it was not done, or not to the end, in plain words. */
  problem: string | null;
}

/** What was checked of one integration. */
export interface VerifiedIntegration {
  integrationId: string;
  balance: Balance;
  items: number;
  transitions: number;
  /** The log was looked at up to here. */
  position: number;
  /** Null: not asked for, or not begun. */
  readBack: ReadBack | null;
}

/** How far a verification came. */
export interface VerificationProgress {
  integrations: VerifiedIntegration[];
  phase: Phase;
  /** Of `integrations`; those before it are done. */
  at: number;
  /** Where the phase goes on; null: from its start. */
  after: unknown;
  /** In a row, without an answer of the vendor. */
  failures: number;
  findings: Partial<Record<FindingKind, number>>;
}

/** What a verification has come to, also while it runs. */
export function summaryOf(
  operation: Pick<OperationRow, 'progress' | 'result'>,
): Pick<VerificationProgress, 'integrations' | 'findings'> {
  const { integrations = [], findings = {} } = (operation.result ??
    operation.progress) as Partial<VerificationProgress>;
  return { integrations, findings };
}

export const findingsOf = (findings: VerificationProgress['findings']): number =>
  Object.values(findings).reduce((sum, n) => sum + n, 0);

/** HOLDS: everything that was asked for was checked, and holds. INCOMPLETE: nothing is wrong as far as it went. */
export type VerificationOutcome = 'HOLDS' | 'FINDINGS' | 'INCOMPLETE';

/** Null while it runs. */
export function outcomeOf(operation: OperationRow): VerificationOutcome | null {
  if (operation.status === 'RUNNING') return null;
  const { integrations, findings } = summaryOf(operation);
  if (findingsOf(findings) > 0) return 'FINDINGS';
  const asked = integrations.every(({ readBack }) => readBack === null || isDone(readBack));
  return operation.status === 'COMPLETED' && asked ? 'HOLDS' : 'INCOMPLETE';
}

/** A vendor that can't be asked is no reason to doubt. */
const isDone = ({ state }: ReadBack): boolean => state === 'CHECKED' || state === 'NOT_SUPPORTED';

export const newIntegration = (integrationId: string): VerifiedIntegration => ({
  integrationId,
  balance: emptyBalance,
  items: 0,
  transitions: 0,
  position: 0,
  readBack: null,
});
