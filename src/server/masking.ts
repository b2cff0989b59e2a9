import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import type { Context } from '../schema/context.ts';
import { toGraphQLError } from '../schema/to-graphql-error.ts';

export interface ErrorScope {
  requestId: string;
  log: Logger;
}

/** An input that is wrong may be long, and its message quotes it. */
const messageLengthMax = 1_000;

/**
 * An error as the client gets it: what is expected with its code, what is not as INTERNAL, which says nothing but the id under which the log
 * has the rest. Every error carries the request's id.
 */
export function presentError(error: unknown, { requestId, log }: ErrorScope): GraphQLError {
  const known = toGraphQLError(error);
  const { path } = error instanceof GraphQLError ? error : { path: undefined };
  if (known) {
    return new GraphQLError(shorten(known.message), {
      ...placeOf(known),
      extensions: { ...known.extensions, requestId },
    });
  }
  log.error({ event: 'operation.failed', requestId, path: path?.join('.'), err: rootOf(error) }, 'an operation failed');
  return new GraphQLError('Something went wrong here. Quote the requestId when you report it.', {
    ...(error instanceof GraphQLError && placeOf(error)),
    extensions: { code: 'INTERNAL', requestId },
  });
}

/** The same for all errors of a result; one without errors passes as it is. */
export function presentResult(result: ExecutionResult, context: Context): ExecutionResult {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map((error) => presentError(error, scopeOf(context))) };
}

export const scopeOf = ({ requestId, services }: Context): ErrorScope => ({ requestId, log: services.log });

function placeOf({ nodes, source, positions, path }: GraphQLError) {
  return { nodes, source, positions, path };
}

function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootOf(error.originalError) : error;
}

const shorten = (text: string): string =>
  text.length > messageLengthMax ? `${text.slice(0, messageLengthMax)}...` : text;

/** For what is ended, or not begun any more, because the server goes down. */
export const restarting = (): GraphQLError =>
  new GraphQLError('The server is restarting. Ask again; a stream goes on after the last cursor you saw.', {
    extensions: { code: 'UNAVAILABLE' },
  });
