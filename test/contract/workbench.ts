import { onTestFinished } from 'vitest';
import type { Exchange, PushSession } from '../../src/sync/connectors/connector.ts';
import { createHttpClient, type HttpClient } from '../../src/sync/connectors/http/client.ts';
import type { HttpFinished } from '../../src/sync/connectors/http/message.ts';
import type { Resolve } from '../../src/sync/connectors/http/ssrf.ts';

/** What a connector works with in a test: an HTTP client whose timers fire only when told to, and a clock that stands still. */
export interface Workbench {
  http: HttpClient;
  finished: HttpFinished[];
  /** What pushes told of each record. */
  exchanges: (Exchange & { itemId: string })[];
  /** Lets every request under way run out of time. */
  timeOut(): void;
  now: number;
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
    timeOut: () => {
      for (const fire of [...timers]) fire();
    },
    now: Date.parse('2026-11-23T12:00:00Z'),
    session: (credentials, overrides = {}) => ({
      credentials,
      http,
      memory: new Map(),
      now: () => bench.now,
      timeLeftMs: () => 60_000,
      signal: new AbortController().signal,
      exchanged: (itemId, exchange) => bench.exchanges.push({ itemId, ...exchange }),
      ...overrides,
    }),
  };
  return bench;
}
