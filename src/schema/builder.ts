import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError } from 'graphql';
import type { Context } from './context.ts';

/** The types that resolvers are checked against. */
export interface SchemaTypes {
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  /** Of lists that say how long they are: counted only when somebody asks. */
  Connection: { countAll?: () => Promise<number | null> };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    Date: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    Cursor: { Input: string; Output: string };
  };
}

/** Most that one operation may cost, nest and name: a page of 100 leads with everything about them passes, a page of pages does not. */
export const operationLimits = { complexity: 50_000, depth: 15, breadth: 500 } as const;

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, ErrorsPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: 'Anything that can be fetched again by its id, through `node`.' },
    idFieldOptions: {
      description: 'Opaque, unique over all types, and stable. Hand it back as it is; its inside may change.',
    },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: {
      description: 'There was more behind this page when it was read: ask again with `after: endCursor`.',
    },
    hasPreviousPageFieldOptions: {
      description: 'The page was asked for with `after`, so something may lie before it.',
    },
    startCursorFieldOptions: { description: 'Of the first edge; null on an empty page.' },
    endCursorFieldOptions: {
      description: 'Of the last edge: hand it to `after` for the next page. Null on an empty page.',
    },
    edgesFieldOptions: {
      description: 'The page, in the order of the list.',
      nullable: false,
      complexity: { field: 0, multiplier: 1 },
    },
    nodeFieldOptions: { description: 'What the list is of.', nullable: false, complexity: 0 },
    cursorFieldOptions: { description: 'This place in the list, for `after`. Valid in the list it came from.' },
    pageInfoFieldOptions: { description: 'Whether there is more, and how to ask for it.' },
  },
  errors: { directResult: true },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 5,
    limit: operationLimits,
    complexityError: (kind) =>
      new GraphQLError(
        `The operation asks for too much at once (${kind.toLowerCase()}). Ask for smaller pages or fewer fields, or split it.`,
        { extensions: { code: 'LIMIT_EXCEEDED' } },
      ),
  },
});

/** The builder's types with the defaults filled in: for functions that take a field builder. */
export type BuilderTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** An enum with a description per value; a value that the domain has and the schema does not describe does not compile. */
export function enumType<Value extends string>(name: string, description: string, descriptions: Record<Value, string>) {
  const values = Object.fromEntries(
    Object.entries<string>(descriptions).map(([value, words]) => [value, { description: words }]),
  ) as { [value in Value]: { description: string; value: value } };
  return builder.enumType(name, { description, values });
}

builder.queryType({ description: 'Reads. Nothing here changes anything; an unknown id is null.' });
builder.mutationType({
  description:
    'Changes. Each commits before it answers, and answers with a union: the success, or what is expected to go wrong, as data. Mutations of one ' +
    'document run one after the other.',
});
builder.subscriptionType({
  description:
    'What happens, told after it was committed. Over WebSocket (graphql-transport-ws) and Server-Sent Events. Streams end with an error ' +
    'message whose `extensions.code` says why, never in silence.',
});
