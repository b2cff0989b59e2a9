import { readFile } from 'node:fs/promises';
import {
  type DefinitionNode,
  type FieldDefinitionNode,
  getNamedType,
  type InputValueDefinitionNode,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  type TypeDefinitionNode,
} from 'graphql';
import { expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';

const schema = createSchema();
const contract = typesOf(await readFile(new URL('../support/contract.graphql', import.meta.url), 'utf8'));
const printed = typesOf(printSchema(schema));

test.for([...contract.keys()])('%s is as clients know it', (name) => {
  const promised = contract.get(name);
  const actual = printed.get(name);
  expect(actual?.kind).toBe(promised?.kind);
  expect([...factsOf(actual)]).toEqual(expect.arrayContaining([...factsOf(promised)]));
});

test('what clients do not know they need not give', () => {
  const required: string[] = [];
  for (const [name, promised] of contract) {
    const known = new Map(inputsOf(promised).map(({ owner, values }) => [owner, values]));
    for (const { owner, values } of inputsOf(printed.get(name))) {
      const names = known.get(owner)?.map((value) => value.name.value);
      if (!names) continue; // of a field that clients do not know either
      const added = values.filter((value) => !names.includes(value.name.value));
      const mandatory = added.filter((value) => value.type.kind === Kind.NON_NULL_TYPE && !value.defaultValue);
      required.push(...mandatory.map((value) => `${owner}: ${value.name.value}`));
    }
  }
  expect(required).toEqual([]);
});

test('everything says what it is for', () => {
  const silent: string[] = [];
  const require = (path: string, { description }: { description?: string | null | undefined }) => {
    if (!description?.trim()) silent.push(path);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    require(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) require(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) require(`${type.name}.${field.name}`, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      require(`${type.name}.${field.name}`, field);
      for (const arg of field.args) require(`${type.name}.${field.name}(${arg.name})`, arg);
    }
  }
  expect(silent).toEqual([]);
});

test('every result of a mutation can be a refusal with a message', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
  expect(mutations.length).toBeGreaterThan(10);
  for (const { type } of mutations) expect(printed.get(getNamedType(type).name)?.kind).toBe(Kind.UNION_TYPE_DEFINITION);
});

test('schema.graphql is what the code says', async () => {
  const stored = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(stored).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
});

function typesOf(sdl: string): Map<string, TypeDefinitionNode> {
  const isType = (node: DefinitionNode): node is TypeDefinitionNode => node.kind.endsWith('TypeDefinition');
  return new Map(
    parse(sdl)
      .definitions.filter(isType)
      .map((type) => [type.name.value, type]),
  );
}

/** What can be relied on, each as a line. */
function* factsOf(type: TypeDefinitionNode | undefined): Generator<string> {
  if (!type) return;
  for (const directive of type.directives ?? []) yield print(directive);
  if ('interfaces' in type) for (const one of type.interfaces ?? []) yield `implements ${one.name.value}`;
  if (type.kind === Kind.ENUM_TYPE_DEFINITION) for (const value of type.values ?? []) yield value.name.value;
  if (type.kind === Kind.UNION_TYPE_DEFINITION) for (const member of type.types ?? []) yield member.name.value;
  if (type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    for (const field of type.fields ?? []) yield `${field.name.value}: ${print(field.type)}`;
  }
  for (const { owner, values } of inputsOf(type)) for (const value of values) yield `${owner} ${factOf(value)}`;
}

function factOf({ name, type, defaultValue }: InputValueDefinitionNode): string {
  return `${name.value}: ${print(type)}${defaultValue ? ` = ${print(defaultValue)}` : ''}`;
}

/** The fields of an input, or the arguments of each field. */
function inputsOf(
  type: TypeDefinitionNode | undefined,
): { owner: string; values: readonly InputValueDefinitionNode[] }[] {
  if (!type || !('fields' in type)) return [];
  if (type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) return [{ owner: type.name.value, values: type.fields ?? [] }];
  const fields = (type.fields ?? []) as readonly FieldDefinitionNode[];
  return fields.map((field) => ({ owner: `${type.name.value}.${field.name.value}`, values: field.arguments ?? [] }));
}
