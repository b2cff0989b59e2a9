import {
  createSourceEventStream,
  type ExecutionResult,
  executeSubscriptionEvent,
  type GraphQLError,
  type ValidatedSubscriptionArgs,
} from 'graphql';
import { type Context, renewLoaders } from '../schema/context.ts';
import { presentError, presentResult, scopeOf } from './masking.ts';

/** Why a stream ended before its time, ready for the client. */
export class StreamFailure extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super('the stream failed');
    this.errors = errors;
  }
}

/**
 * The results of a subscription. Every event is executed with fresh loaders: what one event read is not shown again with the next. Fails with
 * StreamFailure, and is ended by `return()` at once, even where its source is parked on an await: the signal that the source sees is aborted.
 */
export class ResultStream implements AsyncIterableIterator<ExecutionResult> {
  readonly #args: ValidatedSubscriptionArgs;
  readonly #context: Context;
  readonly #source: AsyncIterator<unknown>;
  readonly #release: () => void;
  #finished = false;

  /**
   * @param onFinish called once, when the stream has ended in whatever way; not when it was refused
   * @returns the stream, or the errors of a field that refused to be subscribed to
   */
  static async open(
    args: ValidatedSubscriptionArgs,
    context: Context,
    onFinish: () => void,
  ): Promise<ResultStream | readonly GraphQLError[]> {
    const own = ownSignal(context.ended);
    const ownContext: Context = { ...context, ended: own.signal };
    const ownArgs = { ...args, contextValue: ownContext };
    const opened = await createSourceEventStream(ownArgs);
    if (Symbol.asyncIterator in opened) {
      const release = () => {
        own.abort();
        onFinish();
      };
      return new ResultStream(ownArgs, ownContext, opened, release);
    }
    own.abort();
    return (opened.errors ?? []).map((error) => presentError(error, scopeOf(context)));
  }

  private constructor(
    args: ValidatedSubscriptionArgs,
    context: Context,
    source: AsyncIterable<unknown>,
    release: () => void,
  ) {
    this.#args = args;
    this.#context = context;
    this.#source = source[Symbol.asyncIterator]();
    this.#release = release;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#finished) return { done: true, value: undefined };
    try {
      const event = await this.#source.next();
      if (event.done) this.#finish();
      if (this.#finished) return { done: true, value: undefined };
      renewLoaders(this.#context);
      const result = await executeSubscriptionEvent({ ...this.#args, rootValue: event.value });
      return { done: false, value: presentResult(result, this.#context) };
    } catch (error) {
      if (this.#finished) return { done: true, value: undefined };
      await this.return();
      throw new StreamFailure([presentError(error, scopeOf(this.#context))]);
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (!this.#finished) {
      this.#finish();
      await this.#source.return?.();
    }
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(): void {
    this.#finished = true;
    this.#release();
  }
}

/** A signal that follows `outer`, and can be aborted by itself; afterwards `outer` does not know it any more. */
function ownSignal(outer: AbortSignal): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  const follow = () => controller.abort(outer.reason);
  if (outer.aborted) follow();
  else outer.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort() {
      outer.removeEventListener('abort', follow);
      controller.abort(new Error('nobody reads this stream any more'));
    },
  };
}
