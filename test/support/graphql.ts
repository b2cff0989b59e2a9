import { encodeGlobalID } from '@pothos/plugin-relay';
import { type ExecutionResult, execute, GraphQLError, parse, subscribe, validate } from 'graphql';
import { onTestFinished } from 'vitest';
import { type Context, createLoaders, renewLoaders } from '../../src/schema/context.ts';
import { createSchema } from '../../src/schema/index.ts';
import { toGraphQLError } from '../../src/schema/to-graphql-error.ts';
import type { Feed } from '../../src/sync/live/feed.ts';
import type { Services } from '../../src/sync/services.ts';
import type { Viewer } from '../../src/sync/viewer.ts';

const schema = createSchema();

// biome-ignore lint/suspicious/noExplicitAny: what comes back is whatever the document asks for
type Data = any;

export const globalId = (type: string, id: string): string => encodeGlobalID(type, id);

/** A feed that nothing ever comes from. */
const silence: Feed = {
  transitions: () => unwatched(),
  reconciliations: () => unwatched(),
  integrations: () => unwatched(),
  retry: () => unwatched(),
  authorization: () => unwatched(),
  operation: () => unwatched(),
};
function unwatched(): never {
  throw new Error('this test watches nothing');
}

/** The schema as one viewer meets it, without a transport. */
export class SchemaClient {
  readonly #services: Services;
  readonly #viewer: Viewer;
  readonly #feed: Feed;

  constructor(services: Services, viewer: Viewer, feed: Feed = silence) {
    this.#services = services;
    this.#viewer = viewer;
    this.#feed = feed;
  }

  async execute(
    text: string,
    variableValues: Record<string, unknown> = {},
  ): Promise<{ data: Data; errors: GraphQLError[] }> {
    const result = (await execute({
      schema,
      document: read(text),
      variableValues,
      contextValue: this.#context(),
    })) as ExecutionResult;
    return { data: result.data, errors: (result.errors ?? []).map(known) };
  }

  /** Throws where there are errors. */
  async data(text: string, variables?: Record<string, unknown>): Promise<Data> {
    const { data, errors } = await this.execute(text, variables);
    if (errors[0]) throw errors[0];
    return data;
  }

  /** The codes of the errors outside of results. */
  async codes(text: string, variables?: Record<string, unknown>): Promise<unknown[]> {
    const { errors } = await this.execute(text, variables);
    return errors.map((error) => error.extensions.code);
  }

  /** A stream of data, ended with the test. Throws what can't be subscribed to, and what ends it. */
  async subscribe(
    text: string,
    variableValues: Record<string, unknown> = {},
  ): Promise<AsyncIterableIterator<Data, undefined>> {
    const contextValue = this.#context();
    const source = await subscribe({ schema, document: read(text), variableValues, contextValue });
    if (!(Symbol.asyncIterator in source)) throw known(source.errors?.[0] ?? new Error('no stream and no error'));
    const close = async () => {
      await source.return?.(undefined);
      return { done: true as const, value: undefined };
    };
    onTestFinished(async () => {
      await close();
    });
    const stream: AsyncIterableIterator<Data, undefined> = {
      async next() {
        const event = await source.next().catch((error: unknown) => {
          throw known(error);
        });
        renewLoaders(contextValue);
        if (event.done) return { done: true, value: undefined };
        if (event.value.errors?.[0]) throw known(event.value.errors[0]);
        return { done: false, value: event.value.data };
      },
      return: close,
      [Symbol.asyncIterator]: () => stream,
    };
    return stream;
  }

  #context(): Context {
    return {
      services: this.#services,
      feed: this.#feed,
      viewer: this.#viewer,
      loaders: createLoaders(this.#services, this.#viewer),
      requestId: 'test',
      ended: new AbortController().signal,
      publicUrl: 'https://sluice.example',
    };
  }
}

function read(text: string) {
  const document = parse(text);
  const [error] = validate(schema, document);
  if (error) throw error;
  return document;
}

/** As a client would see it; an unexpected error fails the test with its cause. */
function known(error: unknown): GraphQLError {
  const presented = toGraphQLError(error);
  if (presented) return presented;
  throw error instanceof GraphQLError && error.originalError ? error.originalError : error;
}
