import { type ArgumentNode, type FieldNode, Kind, type OperationDefinitionNode, visit } from 'graphql';
import type { Operation } from '../operations.ts';

/** What of a subscription's document matters for sharing it. */
interface Shape {
  /** Null: the root field is hidden in a fragment, so nothing is known of it. */
  rootField: string | null;
  /** The variable behind the root field's `after`, when it is used for nothing else; or the text given there. */
  after: { variable: string } | { text: string } | null;
  variables: string[];
}

/** Documents are cached, so this is found out once for each. */
const shapes = new WeakMap<OperationDefinitionNode, Shape>();

function shapeOf(definition: OperationDefinitionNode): Shape {
  const known = shapes.get(definition);
  if (known) return known;
  const [field, ...others] = definition.selectionSet.selections;
  const root = field?.kind === Kind.FIELD && others.length === 0 ? field : null;
  const shape: Shape = {
    rootField: root?.name.value ?? null,
    after: root && afterOf(root, definition),
    variables: (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
  };
  shapes.set(definition, shape);
  return shape;
}

function afterOf(root: FieldNode, definition: OperationDefinitionNode): Shape['after'] {
  const value = root.arguments?.find((argument: ArgumentNode) => argument.name.value === 'after')?.value;
  if (value?.kind === Kind.STRING) return { text: value.value };
  if (value?.kind !== Kind.VARIABLE) return null;
  const variable = value.name.value;
  const declared = definition.variableDefinitions?.find((one) => one.variable.name.value === variable);
  let uses = 0;
  visit(definition, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === variable) uses += 1;
    },
  });
  // With fragments it could be used there as well.
  const usedElsewhere = uses > 1 || hasSpread(definition);
  return usedElsewhere || declared?.defaultValue ? null : { variable };
}

function hasSpread(definition: OperationDefinitionNode): boolean {
  let found = false;
  visit(definition, {
    FragmentSpread: () => {
      found = true;
    },
  });
  return found;
}

export interface Sharing {
  /** Subscriptions of the same key get the same messages from any position on. */
  key: string;
  rootField: string | null;
  /** The position that is asked for apart from the key; null: none, or it is part of the key. */
  after: string | null;
}

/** With whom a subscription can share its source: who asks the same document with the same values, but for where to begin. */
export function sharingOf({ request, definition }: Operation): Sharing {
  const { rootField, after, variables } = shapeOf(definition);
  const values = request.variables ?? {};
  const own = after && 'variable' in after ? after.variable : null;
  const rest = variables.filter((name) => name !== own).map((name) => [name, name in values, values[name] ?? null]);
  const position = after === null ? null : 'text' in after ? after.text : values[after.variable];
  return {
    key: JSON.stringify([request.query, request.operationName ?? null, rest]),
    rootField,
    after: typeof position === 'string' ? position : null,
  };
}
