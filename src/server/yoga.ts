import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { Gateway, OperationScope } from './gateway.ts';
import { limitExceeded, limits } from './limits.ts';
import { isRefused } from './operations.ts';
import { type ResultStream, StreamFailure } from './result-stream.ts';

/** Yoga's own names for what is wrong with a request. */
const tooLarge = 'REQUEST_ENTITY_TOO_LARGE';

/** HTTP statuses of answers without data. */
const statuses: Record<string, Status> = {
  BAD_USER_INPUT: { status: 400, spec: true },
  LIMIT_EXCEEDED: { status: 400, spec: true },
  UNAUTHENTICATED: { status: 401 },
  RATE_LIMITED: { status: 429 },
  INTERNAL: { status: 500 },
  UNAVAILABLE: { status: 503 },
};

export type GraphQLHandler = (request: IncomingMessage, response: ServerResponse, scope: OperationScope) => unknown;

/**
 * GraphQL over HTTP and Server-Sent Events. Yoga reads the request and writes the answer; what happens in between is the gateway's, as for
 * WebSockets.
 */
export function createGraphQLHandler(gateway: Gateway): GraphQLHandler {
  const gatewayInstead: Plugin<object, OperationScope> = {
    onParams({ setParamsHandler }) {
      setParamsHandler(({ request, params, context }) => answer(gateway, request, params, context));
    },
    onResultProcess({ result, setResult, serverContext }) {
      if (!result || Array.isArray(result) || Symbol.asyncIterator in result) return;
      setResult(finish(gateway, result, serverContext));
    },
  };
  return createYoga<OperationScope>({
    graphqlEndpoint: '/graphql',
    graphiql: false,
    landingPage: false,
    cors: false,
    batching: false,
    multipart: false,
    logging: false,
    parserAndValidationCache: false,
    maxRequestBodySize: limits.bodyBytes,
    maskedErrors: { maskError: toGraphQLError },
    plugins: [gatewayInstead],
  });
}

async function answer(
  gateway: Gateway,
  request: Request,
  params: GraphQLParams,
  context: OperationScope,
): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> {
  const { query = '', operationName, variables } = params;
  const streaming = request.headers.get('accept')?.includes('text/event-stream') === true;
  const scope: OperationScope = { ...scopeOf(context), transport: streaming ? 'sse' : 'http' };
  const operation = gateway.begin({ query, operationName, variables }, scope);
  if (isRefused(operation)) return { errors: operation };
  const { operation: kind } = operation.definition;
  if (kind === 'mutation' && request.method === 'GET')
    return { errors: [refusal(mutationByGet, 405, { Allow: 'POST' })] };
  if (kind !== 'subscription') return gateway.execute(operation, scope);
  if (!streaming) return { errors: [refusal(subscriptionWithoutStream, 406)] };
  const stream = await gateway.subscribe(operation, scope);
  return isRefused(stream) ? { errors: stream } : failuresAsResults(stream);
}

const mutationByGet = 'Send mutations with POST: a GET must not change anything.';
const subscriptionWithoutStream =
  'Subscriptions are streams: send `Accept: text/event-stream`, or use a WebSocket (graphql-transport-ws).';

const scopeOf = ({ session, requestId, transport }: OperationScope): OperationScope => ({
  session,
  requestId,
  transport,
});

/** A stream of Server-Sent Events has no message for its failure: it is the errors of the last result. */
function failuresAsResults(stream: ResultStream): AsyncIterableIterator<ExecutionResult> {
  return {
    async next() {
      try {
        return await stream.next();
      } catch (error) {
        if (error instanceof StreamFailure) return { done: false, value: { errors: error.errors } };
        throw error;
      }
    },
    return: () => stream.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Anything that Yoga threw becomes one, so that `finish` sees it: there the request is known. */
function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof SyntaxError) return refusal('The variables are not JSON.', 400);
  return new GraphQLError('unexpected', { cause: error });
}

/** Gives an answer without data its HTTP status, and what Yoga itself refused our codes. */
function finish(gateway: Gateway, result: ExecutionResult, scope: OperationScope): ExecutionResult {
  if (!result.errors || 'data' in result) return result;
  return { ...result, errors: result.errors.map((error) => withStatus(...present(gateway, error, scope))) };
}

/** The error for the client, and its status where it has one of its own. */
function present(gateway: Gateway, error: GraphQLError, scope: OperationScope): [GraphQLError, Status?] {
  const { http, code, requestId } = error.extensions;
  if (requestId !== undefined) return [error]; // it has been through the gateway
  if (code === tooLarge) return [gateway.present(limitExceeded('bodyBytes'), scope), { status: 413 }];
  // Yoga's refusals of a request that it can't read, and our own.
  if (isStatus(http)) return [gateway.present(badInput(error.message), scope), { ...http, spec: false }];
  return [gateway.present(error.cause ?? error, scope)];
}

interface Status {
  status: number;
  /** Clients that take only application/json get 200, as GraphQL over HTTP has it. */
  spec?: boolean;
  headers?: Record<string, string>;
}

const isStatus = (http: unknown): http is Status => typeof http === 'object' && http !== null && 'status' in http;

function withStatus(error: GraphQLError, own?: Status): GraphQLError {
  const { code, retryAfterMs } = error.extensions;
  const status = own ?? statuses[String(code)] ?? { status: 400, spec: true };
  const headers = typeof retryAfterMs === 'number' ? { 'Retry-After': String(Math.ceil(retryAfterMs / 1_000)) } : {};
  const { nodes, source, positions, path } = error;
  const extensions = { ...error.extensions, http: { ...status, headers: { ...status.headers, ...headers } } };
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}

const badInput = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

function refusal(message: string, status: number, headers: Record<string, string> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', http: { status, headers } } });
}
