import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  assertValidSchema,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
  validateSubscriptionArgs,
} from 'graphql';
import { operationLimits } from '../schema/builder.ts';
import type { Context } from '../schema/context.ts';
import { DocumentCache } from './document-cache.ts';
import { exceededByDocument, exceededByText } from './document-limits.ts';
import { presentError, presentResult, scopeOf } from './masking.ts';
import { ResultStream } from './result-stream.ts';

/** What a client asks for, whatever the transport. */
export interface OperationRequest {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
}

/** A request that passed every check that needs no data. */
export interface Operation {
  request: OperationRequest;
  document: DocumentNode;
  definition: OperationDefinitionNode;
}

/** Reads, checks and executes operations: the one way to the schema, for every transport. */
export class Operations {
  readonly schema: GraphQLSchema;
  readonly #documents = new DocumentCache();

  /** Throws for a schema that is not complete. */
  constructor(schema: GraphQLSchema) {
    assertValidSchema(schema);
    this.schema = schema;
  }

  /** The operation, or why it can't be executed; nothing of the data is touched. */
  prepare(request: OperationRequest): Operation | readonly GraphQLError[] {
    try {
      const document = this.#documents.find(request.query) ?? this.#read(request.query);
      if (isRefused(document)) return document;
      const definition = getOperationAST(document, request.operationName);
      if (!definition) return [new GraphQLError(unknownOperation)];
      const operation = { request, document, definition };
      // Queries and mutations are measured when they start, a subscription only at its first event.
      if (definition.operation === 'subscription') this.#measure(operation);
      return operation;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  /** Executes a query or mutation. Its errors are ready for the client. */
  async execute(operation: Operation, context: Context): Promise<ExecutionResult> {
    return presentResult(await execute(this.#argsOf(operation, context)), context);
  }

  /** Starts a subscription, or says why it can't be. The stream must be read to its end, or ended by `return()`; see ResultStream.open for onFinish. */
  async subscribe(
    operation: Operation,
    context: Context,
    onFinish: () => void,
  ): Promise<ResultStream | readonly GraphQLError[]> {
    const args = validateSubscriptionArgs(this.#argsOf(operation, context));
    if (!('schema' in args)) return args.map((error) => presentError(error, scopeOf(context)));
    return ResultStream.open(args, context, onFinish);
  }

  #read(text: string): DocumentNode | readonly GraphQLError[] {
    const exceeded = exceededByText(text);
    if (exceeded) return [exceeded];
    const document = parse(text);
    const exceededInside = exceededByDocument(document);
    if (exceededInside) return [exceededInside];
    const errors = validate(this.schema, document, undefined, { maxErrors: 20 });
    if (errors.length > 0) return errors;
    this.#documents.keep(text, document);
    return document;
  }

  /** @throws GraphQLError */
  #measure({ request, document, definition }: Operation): void {
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    const measured = complexityFromQuery(
      { kind: Kind.DOCUMENT, definitions: [definition, ...fragments] },
      { schema: this.schema, variables: request.variables ?? {} },
    );
    for (const name of ['depth', 'breadth', 'complexity'] as const) {
      const limit = operationLimits[name];
      if (measured[name] <= limit) continue;
      throw new GraphQLError(`Limit exceeded: at most a ${name} of ${limit.toLocaleString('en')} in an operation.`, {
        extensions: { code: 'LIMIT_EXCEEDED', exceeded: name, limit },
      });
    }
  }

  #argsOf({ request, document }: Operation, context: Context): ExecutionArgs {
    return {
      schema: this.schema,
      document,
      contextValue: context,
      variableValues: request.variables,
      operationName: request.operationName,
    };
  }
}

/** Whether there are errors in place of what was asked for. */
export function isRefused<T>(answer: T | readonly GraphQLError[]): answer is readonly GraphQLError[] {
  return Array.isArray(answer);
}

const unknownOperation =
  'Which operation? The document has several and operationName names none of them, or it has none at all.';
