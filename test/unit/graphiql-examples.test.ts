import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { exampleTabs, headers } from '../../src/server/graphiql-examples.ts';

const schema = createSchema();

test.for(exampleTabs.map((tab) => [/(?:query|mutation|subscription) (\w+)/.exec(tab.query)?.[1], tab] as const))(
  'the example %s can be run as it is',
  ([, tab]) => {
    expect(validate(schema, parse(tab.query))).toEqual([]);
    if ('variables' in tab) expect(JSON.parse(tab.variables)).toBeTypeOf('object');
    expect(tab.headers).toBe(headers);
  },
);

test('the Headers tab has a place for the key', () => {
  expect(JSON.parse(headers)).toEqual({ Authorization: 'Bearer ' });
});
