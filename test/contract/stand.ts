import type {
  Connector,
  PushAnswer,
  PushRecord,
  PushSession,
  VendorHosts,
} from '../../src/sync/connectors/connector.ts';
import type { Workbench } from './workbench.ts';

/** A vendor's simulator in the suite's words. */
export interface Stand<Input, Credentials> {
  input: Input;
  credentials: Credentials;
  /** Where the vendor is reached in place of its own hosts. Absent: the input says where. */
  hosts?: VendorHosts;
  /** Must appear in no answer. */
  secrets: string[];
  /** The address of every record at the vendor; one that is there twice is listed twice. */
  stored(): string[];
  /** What the vendor's last write of the record with this address received, in the shape of the connector's `payload`; undefined: nothing. */
  received(email: string): unknown;
  /** Requests that reached the vendor, sign-in included. */
  requests(): number;
  /** The next push is refused for its rate. */
  throttle(): void;
  /** Refuses the record with this address for good, whatever else is in the call. */
  refuse(email: string): void;
  /** The next push hangs, before or after what it sent is kept. */
  hang(afterWrite: boolean): void;
  untilHanging(): Promise<void>;
  /** The next push is answered like this. */
  answer(kind: 'html' | 'oversize' | 'reset' | { status: number; body: string }): void;
  /** Every refusal from now on repeats these words. */
  refuseInWords(words: string): void;
  /** Signing in goes on, but no call is accepted. Null: there is no sign-in. */
  refuseTokens: (() => void) | null;
  /** One that takes members. Null: the connector has no campaigns. */
  campaign: StandCampaign | null;
  /** Lets time pass at a vendor that works in the background. Absent: it does not. */
  elapse?: (ms: number) => void;
  close(): Promise<void>;
}

/** A campaign at the vendor's simulator that takes members. */
export interface StandCampaign {
  id: string;
  name: string;
  /** One of its member statuses, other than what a member has by itself; empty where members have none. */
  memberStatus: string;
  /** Address of each member to its status; empty where members have none. */
  members(): Record<string, string>;
  /** Requests that wrote records, not members. */
  writes(): number;
  /** The next request for a membership hangs, before or after it is kept. */
  hang(afterWrite: boolean): void;
  /** The next request for a membership is refused for its rate. */
  throttle(): void;
  /** It is deleted, or takes no members any more. */
  remove(): void;
}

/** What the parts of the suite work with. */
export interface SuiteTools<Input, Credentials> {
  connector: Connector<Input, Credentials>;
  fields: { email: string; firstName: string };
  /** A stand of its own, with a session, for one test. */
  given(): Promise<{
    stand: Stand<Input, Credentials>;
    bench: Workbench;
    session: PushSession<Credentials>;
  }>;
  recordOf(email: string, overrides?: Partial<PushRecord>): PushRecord;
  recordsOf(count: number, prefix?: string): PushRecord[];
}

export const outcomesOf = (answer: PushAnswer) => (answer.kind === 'answered' ? answer.outcomes : []);
