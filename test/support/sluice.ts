import { randomBytes } from 'node:crypto';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWebSocketClient, type Client as WebSocketClient } from 'graphql-ws';
import { afterAll, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { loadConfig } from '../../src/config.ts';
import type { Role } from '../../src/domain/roles.ts';
import { type Overrides, type RunningSluice, startSluice } from '../../src/start.ts';
import { createApiKey, revokeApiKey } from '../../src/sync/api-keys.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { Tenant } from './factory.ts';

export interface SluiceOptions extends Overrides {
  /** Over what the tests set; see config.ts. */
  environment?: Record<string, string>;
}

export interface TestSluice extends RunningSluice {
  database: TestDatabase;
  /** Whose keys the ones below are. */
  tenant: Tenant;
  /** An ADMIN key. */
  adminKey: string;
  /** As the administrator, or with another key. */
  client(key?: string): TestClient;
  createKey(role: Role, options?: { expiresAt?: Date; tenant?: Tenant }): Promise<{ id: string; secret: string }>;
  revokeKey(id: string): Promise<void>;
}

/** A whole Sluice on a database of its own, with an organization and an ADMIN key. Stopped after the last test of the file. */
export async function startTestSluice({ environment, ...overrides }: SluiceOptions = {}): Promise<TestSluice> {
  const database = await createDatabase();
  const config = loadConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ALLOW_PRIVATE_NETWORKS: 'true',
    LOG_LEVEL: 'silent',
    SHUTDOWN_SECONDS: '5',
    ...environment,
  });
  const running = await startSluice(config, overrides);
  afterAll(() => running.stop());
  const { services, url } = running;
  const own = await Tenant.create(services);
  const createKey: TestSluice['createKey'] = (role, { expiresAt, tenant = own } = {}) =>
    createApiKey(services, tenant.viewer(), { name: `${role} of a test`, role, expiresAt });
  const { secret: adminKey } = await createKey('ADMIN');
  return {
    ...running,
    database,
    tenant: own,
    adminKey,
    client: (key = adminKey) => new TestClient(url, key),
    createKey,
    revokeKey: async (id) => void (await revokeApiKey(services, own.viewer(), id)),
  };
}

export interface Answer<Data> {
  status: number;
  headers: Headers;
  data: Data | null | undefined;
  errors: AnsweredError[] | undefined;
}

export interface AnsweredError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId: string; [name: string]: unknown };
}

/** What a subscription sends: results, in order. */
export interface Message<Data> {
  data?: Data | null;
  errors?: AnsweredError[];
}

export type Messages<Data> = AsyncIterableIterator<Message<Data>>;

/** One key's way to a server, over each of the transports. */
export class TestClient {
  readonly url: string;
  readonly key: string;
  #webSocket: WebSocketClient | null = null;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** Over HTTP; answers with data or errors, whatever the status. */
  async ask<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Answer<Data>> {
    return this.post({ query, variables });
  }

  /** The data, where anything else would be a failure of the test. */
  async data<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<Data> {
    const { data, errors } = await this.ask<Data>(query, variables);
    if (errors || !data) throw new Error(`expected data, got ${JSON.stringify(errors)}`);
    return data;
  }

  /** Any body, any headers. */
  async post<Data>(body: unknown, headers: Record<string, string> = {}): Promise<Answer<Data>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/graphql-response+json, application/json',
        Authorization: `Bearer ${this.key}`,
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const { data, errors } = (await response.json()) as Pick<Answer<Data>, 'data' | 'errors'>;
    return { status: response.status, headers: response.headers, data, errors };
  }

  /** Over a WebSocket that all subscriptions of this client share. */
  subscribe<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Messages<Data> {
    this.#webSocket ??= createWebSocketClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${this.key}` },
      retryAttempts: 0,
    });
    const messages = this.#webSocket.iterate({ query, ...(variables && { variables }) }) as Messages<Data>;
    onTestFinished(async () => void (await messages.return?.()));
    return messages;
  }

  /** Over Server-Sent Events. */
  stream<Data = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Messages<Data> {
    const client = createSseClient({
      url: `${this.url}/graphql`,
      headers: { authorization: `Bearer ${this.key}` },
      retryAttempts: 0,
    });
    const messages = client.iterate({ query, ...(variables && { variables }) }) as Messages<Data>;
    onTestFinished(async () => {
      await messages.return?.();
      client.dispose();
    });
    return messages;
  }

  /** Closes the WebSocket. */
  async close(): Promise<void> {
    await this.#webSocket?.dispose();
    this.#webSocket = null;
  }
}

/** The next message of a stream. Throws when it has ended instead. */
export async function nextOf<Data>(messages: Messages<Data>): Promise<Message<Data>> {
  const { done, value } = await messages.next();
  if (done) throw new Error('the stream has ended');
  return value;
}
