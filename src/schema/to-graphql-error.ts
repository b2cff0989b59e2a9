import { GraphQLError } from 'graphql';
import { CursorExpiredError, DomainError, SlowConsumerError } from '../domain/errors.ts';

/**
 * What a client may know of an error outside of a mutation's result: an expected refusal with its code, or what GraphQL itself says about a
 * document or its variables. Null: unexpected, so the transport logs it and answers INTERNAL with the request's id.
 */
export function toGraphQLError(error: unknown): GraphQLError | null {
  const refusal = findRefusal(error);
  if (refusal) {
    return new GraphQLError(refusal.message, {
      ...(error instanceof GraphQLError && {
        nodes: error.nodes,
        source: error.source,
        positions: error.positions,
        path: error.path,
      }),
      originalError: refusal,
      extensions: extensionsOf(refusal),
    });
  }
  if (!(error instanceof GraphQLError)) return null;
  if (typeof error.extensions.code === 'string') return error;
  // Without a path no resolver ran: the document or its variables are at fault.
  return error.path === undefined ? withCode(error, 'BAD_USER_INPUT') : null;
}

function findRefusal(error: unknown): DomainError | null {
  if (error instanceof DomainError) return error;
  return error instanceof GraphQLError && error.originalError ? findRefusal(error.originalError) : null;
}

function extensionsOf(refusal: DomainError): Record<string, unknown> {
  if (refusal instanceof CursorExpiredError) return { code: refusal.code, oldest: refusal.oldest };
  if (refusal instanceof SlowConsumerError) return { code: refusal.code, cursor: refusal.cursor };
  return { code: refusal.code };
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  const { nodes, source, positions, originalError, extensions } = error;
  return new GraphQLError(error.message, {
    nodes,
    source,
    positions,
    originalError,
    extensions: { ...extensions, code },
  });
}
