import type { ClaimedItem } from '../../db/statements/claim.ts';
import type { Connection } from '../connection.ts';
import type { Prospect } from '../foresee.ts';
import type { AccountLimits } from './account-limits.ts';
import type { Engine } from './engine.ts';
import type { FieldCache } from './field-cache.ts';
import type { DrainJob } from './jobs.ts';
import type { Pacer } from './pacing.ts';
import type { Prepared } from './prepare.ts';
import type { Settler } from './settler.ts';
import type { VendorState } from './vendor-state.ts';

/** What the pushes of one drain share. */
export interface PushContext {
  engine: Engine;
  job: DrainJob;
  connection: Connection;
  /** Of the gate, when `connection` was opened: answers to older credentials close nothing. */
  connectionEpoch: number;
  vendor: VendorState;
  limits: AccountLimits;
  pacer: Pacer;
  settler: Settler;
  fields: FieldCache;
  /** Asks the drain to push each group by itself, once the function it returns was called: when they wait again. */
  split(groups: string[][]): () => void;
}

/** What one claim took. */
export interface ClaimedItems {
  token: string;
  items: ClaimedItem[];
  /** Monotonic: nothing is sent after this unless the claim is prolonged. */
  until: number;
}

/** The records of a claim, and the connection that they are for: by the time of an answer the drain may have another. */
export interface PreparedClaim {
  connection: Connection;
  connectionEpoch: number;
  records: Prepared[];
  /** What the records were made with. */
  prospect: Prospect;
}
