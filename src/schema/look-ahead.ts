import { type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';

/** Whether the object that a field gives is asked for this field, under any alias. Says yes where a directive may leave it out. */
export function selects(info: GraphQLResolveInfo, field: string): boolean {
  const within = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === field;
      if (selection.kind === Kind.INLINE_FRAGMENT) return within(selection.selectionSet);
      const fragment = info.fragments[selection.name.value];
      return fragment !== undefined && within(fragment.selectionSet);
    });
  return info.fieldNodes.some((node) => node.selectionSet !== undefined && within(node.selectionSet));
}
