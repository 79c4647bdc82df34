// What a request asks for below a field, for resolvers that read no more than that.
import type { GraphQLResolveInfo, SelectionSetNode } from 'graphql';

/** Whether any of the fields is selected in the value of the field, whatever `@skip` and `@include` say of it. */
export function selects(
  info: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>,
  fields: ReadonlySet<string>,
): boolean {
  const within = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === 'Field') return fields.has(selection.name.value);
      if (selection.kind === 'InlineFragment') return within(selection.selectionSet);
      return within(info.fragments[selection.name.value]!.selectionSet);
    });
  return info.fieldNodes.some(({ selectionSet }) => selectionSet !== undefined && within(selectionSet));
}
