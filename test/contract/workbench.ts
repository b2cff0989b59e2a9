import { onTestFinished } from 'vitest';
import type {
  ConnectTools,
  Exchange,
  Grant,
  LearntLimits,
  PushSession,
  Session,
} from '../../src/sync/connectors/connector.ts';
import { createHttpClient, type HttpClient } from '../../src/sync/connectors/http/client.ts';
import type { HttpFinished } from '../../src/sync/connectors/http/message.ts';
import type { Resolve } from '../../src/sync/connectors/http/ssrf.ts';

/** What a connector works with in a test: an HTTP client whose timers fire only when told to, and a clock that stands still. */
export interface Workbench {
  http: HttpClient;
  finished: HttpFinished[];
  /** What pushes told of each record. */
  exchanges: (Exchange & { itemId: string })[];
  /** What answers told of the vendor's limits. */
  learnt: LearntLimits[];
  /** Records that pushes said the vendor has, before a later step. */
  written: { itemId: string; remoteId: string }[];
  /** Lets every request under way run out of time. */
  timeOut(): void;
  now: number;
  /** What the pause of a push does besides letting `now` pass: time passes at the vendor too. */
  elapse: (ms: number) => void;
  /** What `connect` works with. */
  tools: ConnectTools;
  /** What `grant` hands out, by the id of the sign-in. */
  grants: Map<string, Grant>;
  /** A session with an empty memory. */
  session<Credentials>(
    credentials: Credentials,
    overrides?: Partial<PushSession<Credentials>>,
  ): PushSession<Credentials>;
}

export function createWorkbench(options: { allowPrivateNetworks?: boolean; resolve?: Resolve } = {}): Workbench {
  const timers = new Set<() => void>();
  const finished: HttpFinished[] = [];
  const http = createHttpClient({
    allowPrivateNetworks: true,
    ...options,
    onFinished: (entry) => finished.push(entry),
    schedule: (_ms, fire) => {
      timers.add(fire);
      return () => timers.delete(fire);
    },
  });
  onTestFinished(() => http.close());
  const bench: Workbench = {
    http,
    finished,
    exchanges: [],
    learnt: [],
    written: [],
    timeOut: () => {
      for (const fire of [...timers]) fire();
    },
    now: Date.parse('2026-11-23T12:00:00Z'),
    elapse: () => {},
    grants: new Map(),
    tools: {
      http,
      hosts: { authUrl: null, apiUrl: null },
      now: () => bench.now,
      grant: async (id) => bench.grants.get(id) ?? null,
    },
    session: (credentials, overrides = {}) => ({
      credentials,
      http,
      hosts: bench.tools.hosts,
      renew: renewal(credentials),
      memory: new Map(),
      learned: (limits) => bench.learnt.push(limits),
      now: () => bench.now,
      timeLeftMs: () => 60_000,
      signal: new AbortController().signal,
      pause: async (ms) => {
        bench.now += ms;
        bench.elapse(ms);
      },
      exchanged: (itemId, exchange) => bench.exchanges.push({ itemId, ...exchange }),
      wrote: async (records) => {
        bench.written.push(...records.map(({ itemId, remoteId }) => ({ itemId, remoteId })));
      },
      ...overrides,
    }),
  };
  return bench;
}

/** Stored credentials as the database would keep them, for one session. */
function renewal<Credentials>(credentials: Credentials): Session<Credentials>['renew'] {
  let stored = credentials;
  return async (stale, refresh) => {
    if (!stale(stored)) return { kind: 'renewed', credentials: stored };
    const answer = await refresh(stored);
    if (answer.kind === 'renewed') stored = answer.credentials;
    return answer;
  };
}
