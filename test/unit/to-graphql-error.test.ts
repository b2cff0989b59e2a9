import { execute, GraphQLError, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import {
  BadInputError,
  CursorExpiredError,
  ForbiddenError,
  NotFoundError,
  SlowConsumerError,
  UnauthenticatedError,
} from '../../src/domain/errors.ts';
import { createSchema } from '../../src/schema/index.ts';
import { toGraphQLError } from '../../src/schema/to-graphql-error.ts';

const schema = createSchema();

test('expected refusals keep their words and say their code, also where GraphQL has wrapped them', () => {
  const refusals = [
    [new BadInputError('first: no'), { code: 'BAD_USER_INPUT' }],
    [new NotFoundError('event'), { code: 'NOT_FOUND' }],
    [new ForbiddenError('ADMIN'), { code: 'FORBIDDEN' }],
    [new UnauthenticatedError('who?'), { code: 'UNAUTHENTICATED' }],
    [new CursorExpiredError('oldest'), { code: 'CURSOR_EXPIRED', oldest: 'oldest' }],
    [new SlowConsumerError('last'), { code: 'SLOW_CONSUMER', cursor: 'last' }],
  ] as const;
  for (const [refusal, extensions] of refusals) {
    const located = new GraphQLError(refusal.message, { path: ['events', 0], originalError: refusal });
    for (const error of [refusal, located, new GraphQLError('wrapped', { originalError: located })]) {
      expect(toGraphQLError(error)).toMatchObject({ message: refusal.message, extensions });
    }
    expect(toGraphQLError(located)?.path).toEqual(['events', 0]);
  }
});

test('what GraphQL says of a document or its variables is the client’s to know', () => {
  const [unknownField] = validate(schema, parse('{ nothing }'));
  expect(toGraphQLError(unknownField)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  const document = parse('query ($after: Cursor!) { viewer { name } }');
  const result = execute({ schema, document, variableValues: { after: 7 } });
  expect(result).not.toBeInstanceOf(Promise);
  const [badVariable] = ('errors' in result && result.errors) || [];
  expect(toGraphQLError(badVariable)).toMatchObject({
    message: expect.stringContaining('$after'),
    extensions: { code: 'BAD_USER_INPUT' },
  });
  const limit = new GraphQLError('too much', { path: ['events'], extensions: { code: 'LIMIT_EXCEEDED' } });
  expect(toGraphQLError(limit)).toBe(limit);
});

test('anything else is nobody’s to know', () => {
  const bug = new Error('password of the database: hunter2');
  expect(toGraphQLError(bug)).toBeNull();
  expect(toGraphQLError(new GraphQLError(bug.message, { path: ['events'], originalError: bug }))).toBeNull();
  expect(
    toGraphQLError(new GraphQLError('Cannot return null for non-nullable field', { path: ['viewer'] })),
  ).toBeNull();
  expect(toGraphQLError('text')).toBeNull();
});
