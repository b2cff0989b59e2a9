import type { z } from 'zod';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import type { LeadData } from '../../domain/lead.ts';
import type { RemoteField } from '../../domain/mapping.ts';
import type { Vendor } from '../../domain/vendors.ts';
import type { HttpClient } from './http/client.ts';

/** One lead as it is handed to the vendor: mapped, validated, alone on its match key. */
export interface PushRecord {
  itemId: string;
  /** Remote field to value; never empty values. */
  values: Record<string, string>;
  /** The vendor's fields by name, as last described; empty: they are not known. */
  fields: ReadonlyMap<string, RemoteField>;
  /** Remote fields to write only where the vendor's record is blank. */
  writeIfBlank: readonly string[];
  /** False: no mapping at all, so a connector that works unmapped sends the whole lead. */
  mapped: boolean;
  lead: LeadData;
  event: { id: string; name: string };
  /** The vendor's id of the record, where an earlier push to the same account told it. */
  remoteId: string | null;
  /** The campaign of the lead's event, where one is set: the record is cleared only when it is a member of it too. */
  campaign: CampaignMembership | null;
  /** True: the vendor has this very record under `remoteId` already; only the membership is missing, and nothing else is to be sent. */
  written: boolean;
  /** Of connectors that note their creates, where no `remoteId` is known: the latest of a person with the same match key. Null or absent: none lately. */
  earlierCreate?: EarlierCreate | null;
}

/** A record that was sent to be created a while ago, by whichever push and process, of this lead or of another one of the same person. */
export interface EarlierCreate {
  agoMs: number;
  /** Null: it is not known whether the vendor created it. */
  remoteId: string | null;
}

export interface CampaignMembership {
  campaignId: string;
  memberStatus: string;
}

/** What became of one record. */
export type RecordOutcome =
  /** The vendor has it, and it is a member where it was to be one. */
  | { kind: 'cleared'; remoteId: string | null }
  /** Refused for a reason that needs a person. */
  | { kind: 'failed'; error: SyncErrorData; written?: WrittenRecord }
  /** Transient, and about this record alone. `retryAfterMs` null: our own backoff. */
  | { kind: 'postponed'; error: SyncErrorData; retryAfterMs: number | null; written?: WrittenRecord }
  /** A request that concerned it ended as `interruption` of the answer says, and it is judged by that. */
  | { kind: 'interrupted'; written?: WrittenRecord }
  /** Its turn did not come: it comes back as if it had not been pushed. Nobody is blamed, whatever ended the push. */
  | { kind: 'unsent'; written?: WrittenRecord };

/** The record itself is at the vendor although a later step (its membership) is not done: the next push does only that. */
export interface WrittenRecord {
  remoteId: string;
}

/** One request that concerned a record, and its answer, as people are shown it: only this record's part of a batch. */
export interface Exchange {
  /** Method and path, without secrets: "POST /rest/v1/leads.json". */
  request: string;
  /** What was sent for this record, as JSON; null: nothing but the address. */
  payload: unknown;
  /** HTTP status; null: no answer. */
  status: number | null;
  /** What the vendor said about this record, as JSON or text; null: nothing. */
  answer: unknown;
}

/** How a push ended. The engine decides what follows; a connector only says what the vendor said. */
export type PushAnswer =
  /**
   * One outcome per record, in order. `interruption`: how a request ended after which no more was sent, while records had their outcomes already
   * or had not come to their turn; it is judged like an answer to the records whose outcome is `interrupted`, and theirs alone.
   */
  { kind: 'answered'; outcomes: RecordOutcome[]; interruption?: Stopped } | Stopped;

/** How a push ends when no record has an outcome. */
export type Stopped =
  /** The vendor refused the call as a whole because of something in it. `remoteField`, where named: only records that carry it are guilty. */
  | { kind: 'refused'; error: SyncErrorData }
  /** Rate or concurrency; nobody spends an attempt. `retryAfterMs`: when calls may go on. */
  | { kind: 'throttled'; error: SyncErrorData; retryAfterMs: number }
  /** The daily quota is used up until `resetsAt`. */
  | { kind: 'quota'; error: SyncErrorData; resetsAt: Date }
  /**
   * No usable answer; the outcome at the vendor is unknown. `whole`: by its kind the vendor's trouble rather than a record's. `unreached`: no
   * record can be the reason, as nothing of one was sent (a refused connection, no access token).
   */
  | { kind: 'unavailable'; error: SyncErrorData; whole: boolean; unreached?: boolean; retryAfterMs: number | null }
  /** Credentials refused, also after one refresh. */
  | { kind: 'unauthorized'; error: SyncErrorData }
  /** Everything must stop until somebody connects again. */
  | { kind: 'hold'; hold: 'NO_PERMISSION' | 'ENDPOINT_GONE'; error: SyncErrorData }
  /** The claim ran out, or shutdown began, before the request: nothing was sent. */
  | { kind: 'unsent' };

/** What connecting found out. */
export type ConnectAnswer<Credentials> =
  | {
      kind: 'connected';
      /** Identifies the account at the vendor: the same account has the same id whatever the credentials. No secret in it. */
      accountId: string;
      /** As the vendor names it; shown to people. */
      accountName: string;
      /** What to store, encrypted. */
      credentials: Credentials;
      /** A secret that was generated here and is shown once; null otherwise. */
      generatedSecret: string | null;
    }
  /** Wrong by themselves or refused by the vendor. `path` is below the vendor's input, empty for the credentials as a whole. */
  | { kind: 'refused'; path: string; message: string }
  | { kind: 'unavailable'; message: string };

/** How a call ends that is not a push and has no usable answer. Nothing was written. */
export type Unavailable = { kind: 'unavailable'; message: string };

/** A record at the vendor, as a look-up finds it. */
export interface RemoteRecord {
  remoteId: string;
  /** The fields that were asked for, as text; null: blank. */
  values: Record<string, string | null>;
}

export type LookupAnswer =
  /** One entry per record, in order. Null: the vendor has no such record. More than one that matches: the first the push would take. */
  { kind: 'found'; records: (RemoteRecord | null)[] } | Unavailable;

/** A campaign, program or list that leads can be made members of. */
export interface Campaign {
  id: string;
  name: string;
  /** As the vendor calls its kind; null: it does not say. */
  type: string | null;
  /** The member statuses that may be set, in the vendor's order. Empty: members have no status. */
  memberStatuses: string[];
}

/** What a vendor's campaigns can be asked. */
export interface CampaignDoor<Credentials> {
  /** Campaigns whose name contains `search` (null: any), at most 100. */
  list(
    search: string | null,
    session: Session<Credentials>,
  ): Promise<{ kind: 'campaigns'; campaigns: Campaign[] } | Unavailable>;
  /** One by its id; null: there is no such, or it takes no members any more. */
  find(
    id: string,
    session: Session<Credentials>,
  ): Promise<{ kind: 'campaign'; campaign: Campaign | null } | Unavailable>;
}

export type DescribeAnswer = { kind: 'described'; fields: RemoteField[] } | { kind: 'unavailable'; message: string };

/** Where a vendor with fixed hosts is reached instead: simulators and stand-ins. Null: the vendor's own. No slash at the end. */
export interface VendorHosts {
  authUrl: string | null;
  apiUrl: string | null;
  /** Of the vendor's API, where one can be chosen. Absent: the connector's own. */
  apiVersion?: string;
}

/** How asking for new credentials ended. */
export type RefreshAnswer<Credentials> =
  | { kind: 'renewed'; credentials: Credentials }
  /** The vendor does not renew them any more: somebody has to connect again. */
  | { kind: 'refused'; error: SyncErrorData }
  /** No usable answer, or too many requests: nothing is known, and nothing was lost. */
  | { kind: 'unavailable'; error: SyncErrorData; whole: boolean; retryAfterMs: number | null }
  /** There was no time left to ask. */
  | { kind: 'unsent' };

/** What a vendor's answer told of its limits. What is absent was not told. */
export interface LearntLimits {
  /** Most calls in a sliding window, as this account has them. */
  rate?: { calls: number; windowMs: number };
  /** Calls of the day, or of the last 24 hours. */
  daily?: {
    limit: number;
    remaining: number;
    /** When they start anew; null: they come back little by little. */
    resetsAt: Date | null;
  };
}

/** What a connector works with. One per integration and connection; connectors keep tokens in `memory`. */
export interface Session<Credentials> {
  credentials: Credentials;
  /** Within a push the engine holds each request until the vendor's rate has a slot for it; mark those that do not count `uncounted`. */
  http: HttpClient;
  hosts: VendorHosts;
  /**
   * Replaces the stored credentials, one process at a time: when it is our turn, and the credentials that are stored then are still `stale`,
   * `refresh` gets them, and what it returns is stored before anybody uses it. A rotating refresh token is never used twice.
   */
  renew(
    stale: (stored: Credentials) => boolean,
    refresh: (stored: Credentials) => Promise<RefreshAnswer<Credentials>>,
  ): Promise<RefreshAnswer<Credentials>>;
  /** Notes what an answer told of the account's limits: the engine keeps to them, and keeps a share of the day for live leads. */
  learned(limits: LearntLimits): void;
  /** Lives as long as the connection in this process. For access tokens; empty at first. */
  memory: Map<string, unknown>;
  /** Wall clock in ms. */
  now(): number;
}

/** What checking credentials works with: nothing is stored yet. */
export interface ConnectTools extends Pick<Session<null>, 'http' | 'hosts' | 'now'> {
  /** The grant of a sign-in at the vendor, once; null: there is no such that is still good. */
  grant(authorizationId: string): Promise<Grant | null>;
}

/** A sign-in of a person at the vendor, on its way. */
export interface AuthorizationRequest {
  clientId: string;
  /** Where the vendor sends the browser back to. */
  redirectUri: string;
  sandbox: boolean;
}

/** What the vendor granted after a sign-in. */
export interface Grant extends AuthorizationRequest {
  clientSecret: string;
  /** The token endpoint's answer, parsed. */
  tokens: Record<string, unknown>;
  /** Wall clock in ms, when it was answered. */
  grantedAt: number;
}

/** OAuth 2 authorization code with PKCE. */
export interface AuthorizationDoor {
  /** Where to send the person's browser. */
  url(request: AuthorizationRequest & { state: string; codeChallenge: string; hosts: VendorHosts }): string;
  /** Trades the code for tokens. `callback`: everything that the vendor sent back in the address. */
  exchange(
    request: AuthorizationRequest & {
      clientSecret: string;
      codeVerifier: string;
      callback: ReadonlyMap<string, string>;
    },
    tools: Pick<Session<null>, 'http' | 'hosts' | 'now'>,
  ): Promise<{ kind: 'granted'; tokens: Record<string, unknown> } | { kind: 'refused'; message: string } | Unavailable>;
}

/** A session for one push: carries the right to send. */
export interface PushSession<Credentials> extends Session<Credentials> {
  /** Milliseconds that are left to send and be answered; 0 or less: send nothing more. Ask before every request. */
  timeLeftMs(): number;
  /** Aborts a request whose answer nobody can use any more. */
  signal: AbortSignal;
  /** Lets so many ms pass, fewer where the signal comes first. For vendors that work in the background: ask for the time that is left after it. */
  pause(ms: number): Promise<void>;
  /** Notes what was exchanged about a record, for its history. Call it for every request of a push, sub-steps included; secrets are removed. */
  exchanged(itemId: string, exchange: Exchange): void;
  /**
   * Stores at once that the vendor has these records, so that they are known even if the process dies in what comes next. For connectors whose
   * push has a later step (the membership): call it between the two.
   */
  wrote(records: readonly (WrittenRecord & { itemId: string })[]): Promise<void>;
  /**
   * Stores that the record is about to be sent to be created, so that every later push of the person is told so by `earlierCreate`, even if the
   * process dies before the answer. False: it could not be stored, or the claim is not ours any more; then don't send it. Only for connectors with
   * `notesCreates`; absent outside of the engine.
   */
  creating?(itemId: string): Promise<boolean>;
}

export interface RecommendedMapping {
  /** As in FieldMapping. */
  source: string;
  remoteField: string;
}

export interface ConnectorLimits {
  /** Most records of one call. */
  batchMax: number;
  /** Most calls at once. */
  concurrentMax: number;
  /** Most calls in a sliding window; null: no limit known. */
  rate: { calls: number; windowMs: number } | null;
  /** Kinds of calls that have a lower limit of their own, by `HttpRequest.kind`; such a call counts in `rate` as well. */
  kinds?: Readonly<Record<string, { calls: number; windowMs: number }>>;
}

/** One door for every vendor. A connector never throws for what a vendor answers, and imports nothing but this file, http/ and domain. */
export interface Connector<Input = unknown, Credentials = unknown> {
  vendor: Vendor;
  limits: ConnectorLimits;
  /** The remote field that must be mapped and filled for a push; null: none. */
  matchField: string | null;
  /** True: pushes the whole lead when nothing is mapped. */
  worksUnmapped: boolean;
  /** True: the vendor creates a record again when it is asked again, and its look-ups don't see a new one at once. The push calls `creating`. */
  notesCreates?: true;
  /** False: WRITE_IF_BLANK can't be honored, and mappings that ask for it are refused. */
  canWriteIfBlank: boolean;
  /** True: the vendor itself keeps to WRITE_IF_BLANK, so such a value is sent although its field may be filled, and then not written. */
  vendorKeepsFilled?: true;
  /** The vendor's codes that say: the value is none of the field's options. Absent: it has none that say only this. */
  optionCodes?: readonly string[];
  /** Stored credentials, as parsed back after decryption. */
  credentials: z.ZodType<Credentials>;
  /** Checks the input of `connect` with the vendor. Sends no lead. */
  connect(input: Input, tools: ConnectTools): Promise<ConnectAnswer<Credentials>>;
  /**
   * What is stored when the same account is connected again: may keep of the credentials before what is needed for a while. `until`: wall clock in
   * ms, how long that is; null: nothing of them is. Absent: what was given takes their place at once.
   */
  succeed?(before: Credentials, given: Credentials, nowMs: number): { credentials: Credentials; until: number | null };
  /** Null: nobody signs in at the vendor in a browser. */
  authorization: AuthorizationDoor | null;
  /** The vendor's fields. An empty list: the vendor has none to tell, so nothing is checked. */
  describe(session: Session<Credentials>): Promise<DescribeAnswer>;
  /** Whether the vendor may have a field that is not among those it described: it is then left to the vendor. Absent: it described all. */
  mayHave?(field: string, described: readonly RemoteField[]): boolean;
  /** What is wrong with the record beyond what the described fields say (those are checked for every vendor alike); null: nothing. */
  check(record: PushRecord): SyncErrorData | null;
  /** Mappings to begin with: what most accounts want. Only fields that every account has, or that describe told. */
  recommended: readonly RecommendedMapping[];
  /** Exactly what a push sends for the record itself, as JSON, where the vendor has `found` of it (null: nothing). The push uses the same function. */
  payload(record: PushRecord, found: RemoteRecord | null, credentials: Credentials): unknown;
  /** Reads what the vendor has of the records, by stored id or match key, writing nothing. Absent: the vendor can't be asked. */
  lookup?(
    records: readonly PushRecord[],
    fields: readonly string[],
    session: Session<Credentials>,
  ): Promise<LookupAnswer>;
  /** True: pushes tell no ids, so a record is known by its match key alone, and `remoteId` of a cleared one is null. */
  tellsNoIds?: true;
  /** So old may be what `lookup` reads: who was written since may seem to be missing. Absent: it reads what was written. */
  readLagMs?: number;
  /** Null: the vendor knows no memberships, or none that we can set. */
  campaigns: CampaignDoor<Credentials> | null;
  /** Matches or creates the records. Safe to repeat: after a lost answer the same records come again. */
  push(batch: readonly PushRecord[], session: PushSession<Credentials>): Promise<PushAnswer>;
  /** The record at the vendor, for a person; null where there is no such address. The account as `connect` told it. */
  remoteUrl(remoteId: string, accountId: string, accountName?: string): string | null;
}

/** Builds the error that is stored with an item. Vendor words are cut to 1,000 characters, and to what the database can store. */
export function syncError(
  category: SyncErrorData['category'],
  message: string,
  vendor: { code?: string | null; message?: string | null; field?: string | null } = {},
): SyncErrorData {
  return {
    category,
    message,
    vendorCode: vendor.code ?? null,
    vendorMessage: vendor.message?.slice(0, 1_000).replaceAll('\0', '').toWellFormed() ?? null,
    remoteField: vendor.field ?? null,
  };
}
