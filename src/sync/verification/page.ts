import type { Tx } from '../../db/client.ts';
import type { Finding } from '../../domain/verification.ts';
import type { Services } from '../services.ts';
import type { VerifiedIntegration } from './verification.ts';

/** What one page of a phase came to. */
export interface Checked {
  findings: Finding[];
  /** How much of `total` it was. */
  done: number;
  /** Of the integration, as it is after the page. */
  integration?: VerifiedIntegration;
  /** Where the phase goes on; null: it is done. */
  next: unknown;
  waitMs?: number;
  /** In a row, without an answer of the vendor. */
  failures?: number;
  /** Leaves only what is still true when the page is recorded. */
  confirm?(tx: Tx, findings: readonly Finding[]): Promise<Finding[]>;
}

/** What the check of a page works with. */
export interface PageToCheck {
  services: Services;
  orgId: string;
  integration: VerifiedIntegration;
  after: unknown;
  failures: number;
  signal: AbortSignal;
}
