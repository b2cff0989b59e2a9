import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError } from 'graphql';
import { handleProtocols, makeServer, type Context as SocketContext } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { UnauthenticatedError } from '../domain/errors.ts';
import { ExpiredKeyError, type Identity } from '../sync/api-keys.ts';
import type { Authentication } from './authentication.ts';
import { FanOut } from './fan-out/fan-out.ts';
import type { GroupMember } from './fan-out/member.ts';
import type { Gateway, OperationScope } from './gateway.ts';
import { KeyCounter } from './key-counter.ts';
import { limitExceeded, limits } from './limits.ts';
import { restarting } from './masking.ts';
import type { Metrics } from './metrics.ts';
import { isRefused, type Operation } from './operations.ts';
import { StreamFailure } from './result-stream.ts';
import type { Sessions } from './sessions.ts';
import { closeCodes, SocketConnection } from './socket-connection.ts';
import { foreignOrigin, isOwnOrigin, refuseUpgrade, type UpgradeRefusal } from './upgrade.ts';

export interface WebSocketOptions {
  gateway: Gateway;
  authentication: Authentication;
  sessions: Sessions;
  metrics: Metrics;
  log: Logger;
  /** Without a slash at its end. */
  publicUrl: string;
}

interface ConnectionInit extends Record<string, unknown> {
  /** `Bearer <key>`, in either spelling. */
  authorization?: unknown;
  Authorization?: unknown;
}

/** What `onSubscribe` prepared, on its way through graphql-ws. */
interface Prepared {
  operation: Operation;
  scope: OperationScope;
  connection: SocketConnection;
  /** Null: a query or mutation. */
  member: GroupMember | null;
}

type Socket = SocketContext<ConnectionInit, SocketConnection>;

/** graphql-transport-ws: one socket carries many operations of one key. */
export class WebSockets {
  readonly #options: WebSocketOptions;
  readonly #server: WebSocketServer;
  readonly #protocol;
  readonly #fanOut: FanOut;
  readonly #connections = new Set<SocketConnection>();
  readonly #perKey = new KeyCounter(limits.socketsPerKey);
  #unauthenticated = 0;
  #draining = false;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#fanOut = new FanOut(options.gateway, options.metrics);
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.messageBytes,
      perMessageDeflate: false, // costs some 100 kB a socket, and time for every message
      clientTracking: false,
      allowSynchronousEvents: false, // graphql-ws takes an id that is completed and used again at once for one operation
      handleProtocols,
    });
    this.#protocol = makeServer<ConnectionInit, SocketConnection>({
      connectionInitWaitTimeout: limits.handshakeMs,
      onConnect: (context) => this.#onConnect(context),
      onSubscribe: (context, id, payload) => this.#onSubscribe(context, id, payload),
      execute: ({ contextValue }) => this.#execute(contextValue as Prepared),
      subscribe: ({ contextValue }) => memberOf(contextValue as Prepared),
      onError: ({ extra }, _id, _payload, errors) => this.#onError(extra, errors),
    });
  }

  /** Takes over a connection that asks to become a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusalOfUpgrade(request);
    if (refusal) refuseUpgrade(socket, refusal);
    else this.#server.handleUpgrade(request, socket, head, (opened) => this.#open(opened, socket));
  }

  /** Refuses new sockets, and closes the open ones in waves, so that not all their clients come back at once. Those still open at the end are cut. */
  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true;
    const waveMs = 100;
    const waves = Math.max(1, Math.floor((deadlineMs * 0.7) / waveMs));
    const perWave = Math.max(100, Math.ceil(this.#connections.size / waves));
    const endsAt = performance.now() + deadlineMs;
    const left = [...this.#connections];
    while (left.length > 0) {
      for (const connection of left.splice(0, perWave)) connection.closeWhenIdle(closeCodes.restart, 'Service restart');
      if (left.length > 0) await new Promise((resolve) => setTimeout(resolve, waveMs));
    }
    const cut = setTimeout(
      () => {
        for (const connection of this.#connections) connection.terminate();
      },
      Math.max(0, endsAt - performance.now()),
    );
    await Promise.all(
      [...this.#connections].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))),
    );
    clearTimeout(cut);
  }

  #refusalOfUpgrade(request: IncomingMessage): UpgradeRefusal | null {
    if (this.#draining) return { status: 503, error: restarting() };
    if (!isOwnOrigin(request, this.#options.publicUrl)) return { status: 403, error: foreignOrigin() };
    if (this.#connections.size >= limits.sockets) return { status: 503, error: limitExceeded('sockets') };
    if (this.#unauthenticated >= limits.unauthenticatedSockets) {
      return { status: 503, error: limitExceeded('unauthenticatedSockets') };
    }
    return null;
  }

  #open(socket: WebSocket, stream: Duplex): void {
    const { metrics, log } = this.#options;
    const connection = new SocketConnection(socket, stream, log);
    this.#connections.add(connection);
    this.#unauthenticated += 1;
    metrics.sockets.inc();
    const closed = this.#protocol.opened(connection, connection);
    socket.once('close', (code, reason) => {
      this.#connections.delete(connection);
      metrics.sockets.dec();
      const { session } = connection;
      if (session) {
        session.close();
        this.#perKey.release(session.identity.keyId);
      } else {
        this.#unauthenticated -= 1;
      }
      closed(code, String(reason)).catch((err: unknown) =>
        log.error({ event: 'socket.unclean', err }, 'a closed socket left something behind'),
      );
    });
  }

  async #onConnect({ extra: connection, connectionParams }: Socket): Promise<boolean> {
    const identity = await this.#authenticate(connection, connectionParams);
    if (!identity || !connection.open) return false;
    if (!this.#perKey.take(identity.keyId)) {
      connection.close(closeCodes.tryAgainLater, `At most ${limits.socketsPerKey} sockets at once with this key`);
      return false;
    }
    const session = this.#options.sessions.open(identity, 'socket');
    connection.session = session;
    this.#unauthenticated -= 1;
    const end = () => {
      const expired = session.ended.reason instanceof ExpiredKeyError;
      if (expired) connection.close(closeCodes.expired, 'The API key has expired');
      else if (session.ended.reason instanceof UnauthenticatedError) {
        connection.close(closeCodes.unauthenticated, 'The API key was revoked');
      }
    };
    if (session.ended.aborted) end();
    else session.ended.addEventListener('abort', end, { once: true });
    return !session.ended.aborted;
  }

  async #authenticate(connection: SocketConnection, params: ConnectionInit = {}): Promise<Identity | null> {
    try {
      return await this.#options.authentication.authenticate(params.authorization ?? params.Authorization);
    } catch (error) {
      if (error instanceof ExpiredKeyError) connection.close(closeCodes.expired, 'The API key has expired');
      else if (error instanceof UnauthenticatedError) connection.close(closeCodes.unauthenticated, 'Unauthenticated');
      else {
        this.#options.log.error({ event: 'authentication.failed', err: error }, 'a key could not be looked up');
        connection.close(closeCodes.tryAgainLater, 'Try again later');
      }
      return null;
    }
  }

  async #onSubscribe({ extra: connection, subscriptions }: Socket, id: string, payload: Payload) {
    const { session } = connection;
    if (!session) throw new Error('an operation came before its connection_init was accepted');
    const scope: OperationScope = { session, requestId: randomUUID(), transport: 'websocket' };
    const refusal = this.#refusalOf(connection, Object.keys(subscriptions).length);
    if (refusal) return [this.#options.gateway.present(refusal, scope)];
    const operation = this.#options.gateway.begin(payload, scope);
    if (isRefused(operation)) return operation;
    const subscribes = operation.definition.operation === 'subscription';
    const member = subscribes ? await this.#fanOut.subscribe(operation, scope, connection, id) : null;
    if (member && isRefused(member)) return member;
    const contextValue: Prepared = { operation, scope, connection, member };
    return {
      schema: this.#options.gateway.schema,
      document: operation.document,
      operationName: payload.operationName,
      contextValue,
      rootValue: undefined,
    };
  }

  #refusalOf(connection: SocketConnection, operations: number): GraphQLError | null {
    if (connection.closing) return restarting();
    return operations > limits.operationsPerSocket ? limitExceeded('operationsPerSocket') : null;
  }

  #execute({ operation, scope, connection }: Prepared) {
    return connection.executing(() => this.#options.gateway.execute(operation, scope));
  }

  /** graphql-ws wraps what a stream threw; what it got from us is ready already. */
  #onError({ session }: SocketConnection, errors: readonly GraphQLError[]) {
    return errors.flatMap((error) => {
      if (error.cause instanceof StreamFailure) return error.cause.errors.map((one) => one.toJSON());
      if (typeof error.extensions.requestId === 'string' || !session) return [error.toJSON()];
      const scope: OperationScope = { session, requestId: randomUUID(), transport: 'websocket' };
      return [this.#options.gateway.present(error.cause ?? error, scope).toJSON()];
    });
  }
}

interface Payload {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

function memberOf({ member }: Prepared): GroupMember {
  if (!member) throw new Error('a subscription was not opened');
  return member;
}
