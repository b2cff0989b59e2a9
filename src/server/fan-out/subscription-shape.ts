import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Operation } from '../operations.ts';

/** What of a subscription's document matters for sharing it. */
interface Shape {
  /** Null: the root field is hidden in a fragment, so nothing is known of it. */
  rootField: string | null;
  /**
   * The variable behind the root field's `after`, when it is used for nothing else; or the text given there. HIDDEN: there is one, of which nothing
   * more can be said.
   */
  after: { variable: string } | { text: string } | 'HIDDEN' | null;
  variables: string[];
}

/** Documents are cached, so this is found out once for each. */
const shapes = new WeakMap<OperationDefinitionNode, Shape>();

function shapeOf({ definition, document }: Operation): Shape {
  const known = shapes.get(definition);
  if (known) return known;
  const [field, ...others] = definition.selectionSet.selections;
  const root = field?.kind === Kind.FIELD && others.length === 0 ? field : null;
  const shape: Shape = {
    rootField: root?.name.value ?? null,
    after: root && afterOf(root, definition, document),
    variables: (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
  };
  shapes.set(definition, shape);
  return shape;
}

function afterOf(root: FieldNode, definition: OperationDefinitionNode, document: DocumentNode): Shape['after'] {
  const value = root.arguments?.find((argument: ArgumentNode) => argument.name.value === 'after')?.value;
  if (value?.kind === Kind.STRING) return { text: value.value };
  if (value?.kind !== Kind.VARIABLE) return null;
  const variable = value.name.value;
  const declared = definition.variableDefinitions?.find((one) => one.variable.name.value === variable);
  let uses = 0;
  // In the fragments as well; a document of several operations is looked at as a whole.
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === variable) uses += 1;
    },
  });
  return uses > 1 || declared?.defaultValue ? 'HIDDEN' : { variable };
}

export interface Sharing {
  /** Subscriptions of the same key get the same messages from any position on. */
  key: string;
  rootField: string | null;
  /** The position that is asked for apart from the key; null: none, so from now on. */
  after: string | null;
  /** A position may be asked for that only the key knows: whether a group that has begun is there can't be told. */
  isHidden: boolean;
}

/** With whom a subscription can share its source: who asks the same document with the same values, but for where to begin. */
export function sharingOf(operation: Operation): Sharing {
  const { request } = operation;
  const { rootField, after, variables } = shapeOf(operation);
  const values = request.variables ?? {};
  const isHidden = after === 'HIDDEN';
  const known = after === 'HIDDEN' ? null : after;
  const own = known && 'variable' in known ? known.variable : null;
  const rest = variables.filter((name) => name !== own).map((name) => [name, name in values, values[name] ?? null]);
  const position = known === null ? null : 'text' in known ? known.text : values[known.variable];
  return {
    key: JSON.stringify([request.query, request.operationName ?? null, rest]),
    rootField,
    after: typeof position === 'string' ? position : null,
    isHidden,
  };
}
