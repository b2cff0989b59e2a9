import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './viewer.ts';

/** The executable schema of the public API. Its resolvers expect a `Context`. */
export function createSchema(): GraphQLSchema {
  return builder.toSchema();
}
