import type { ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql';
import { type Context, createLoaders } from '../schema/context.ts';
import type { Feed } from '../sync/live/feed.ts';
import type { Services } from '../sync/services.ts';
import { KeyCounter } from './key-counter.ts';
import { limitExceeded, limits } from './limits.ts';
import { presentError } from './masking.ts';
import type { Metrics } from './metrics.ts';
import { isRefused, type Operation, type OperationRequest, type Operations } from './operations.ts';
import type { RateLimit } from './rate-limit.ts';
import type { ResultStream } from './result-stream.ts';
import type { Session } from './sessions.ts';

export type Transport = 'http' | 'sse' | 'websocket';

/** Who asks what: goes with an operation from the transport to its end. */
export interface OperationScope {
  session: Session;
  requestId: string;
  transport: Transport;
}

export interface GatewayOptions {
  operations: Operations;
  services: Services;
  feed: Feed;
  metrics: Metrics;
  /** Without a slash at its end. */
  publicUrl: string;
  rateLimit: RateLimit;
}

/** What an operation passes on its way to the schema, whichever transport it came by: rate limit, checks, quotas. All errors are ready to be sent. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #subscriptions = new KeyCounter(limits.subscriptionsPerKey);

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  get schema(): GraphQLSchema {
    return this.#options.operations.schema;
  }

  /** The checked operation, or why it is refused. */
  begin(request: OperationRequest, scope: OperationScope): Operation | readonly GraphQLError[] {
    const refusal = this.#refusalOf(scope);
    const begun = refusal ? [refusal] : this.#options.operations.prepare(request);
    if (!isRefused(begun)) return begun;
    this.#options.metrics.operations.inc({ transport: scope.transport, kind: 'refused' });
    return begun.map((error) => this.present(error, scope));
  }

  #refusalOf(scope: OperationScope): GraphQLError | null {
    const { ended, identity } = scope.session;
    // The key may have been revoked, or the server be going down, while the request was still arriving.
    if (ended.aborted) return this.present(ended.reason, scope);
    return this.#options.rateLimit.take(identity.keyId);
  }

  /** Executes a query or mutation. */
  async execute(operation: Operation, scope: OperationScope): Promise<ExecutionResult> {
    this.#options.metrics.operations.inc({ transport: scope.transport, kind: operation.definition.operation });
    try {
      return await this.#options.operations.execute(operation, this.#contextOf(scope));
    } catch (error) {
      return { errors: [this.present(error, scope)] };
    }
  }

  /** Starts a subscription of the scope's key, counted until it ends. */
  async subscribe(operation: Operation, scope: OperationScope): Promise<ResultStream | readonly GraphQLError[]> {
    const release = this.takeSubscription(scope);
    if (!release) return [this.present(limitExceeded('subscriptionsPerKey'), scope)];
    const opened = await this.open(operation, this.#contextOf(scope), release);
    if (isRefused(opened)) release();
    return opened;
  }

  /** Starts a subscription that is not counted; see Operations.subscribe. */
  async open(
    operation: Operation,
    context: Context,
    onFinish: () => void,
  ): Promise<ResultStream | readonly GraphQLError[]> {
    try {
      return await this.#options.operations.subscribe(operation, context, onFinish);
    } catch (error) {
      return [this.present(error, context)];
    }
  }

  /** Counts a subscription of the key until the returned function is called. Null: the key has as many as it may. */
  takeSubscription({ session, transport }: OperationScope): (() => void) | null {
    const { keyId } = session.identity;
    const { metrics } = this.#options;
    if (!this.#subscriptions.take(keyId)) return null;
    metrics.operations.inc({ transport, kind: 'subscription' });
    metrics.subscriptions.inc({ transport });
    return () => {
      this.#subscriptions.release(keyId);
      metrics.subscriptions.dec({ transport });
    };
  }

  present(error: unknown, { requestId }: { requestId: string }): GraphQLError {
    return presentError(error, { requestId, log: this.#options.services.log });
  }

  /** What resolvers get, for whoever asks. */
  contextOf({ viewer, requestId, ended }: Pick<Context, 'viewer' | 'requestId' | 'ended'>): Context {
    const { services, feed, publicUrl } = this.#options;
    return { services, feed, viewer, loaders: createLoaders(services, viewer), requestId, ended, publicUrl };
  }

  #contextOf({ session, requestId }: OperationScope): Context {
    return this.contextOf({ viewer: session.identity.viewer, requestId, ended: session.ended });
  }
}
