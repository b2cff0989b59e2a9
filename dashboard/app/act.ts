import type { AnyVariables, TypedDocumentNode } from 'urql';
import { useClient } from 'urql';
import { messageOf } from '../data/client.ts';
import { toast } from '../design/toasts.tsx';

/** Runs a mutation; what could not be carried out at all is told at the foot of the page, and gives null. */
export function useAct() {
  const client = useClient();
  return async <Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data | null> => {
    const { data, error } = await client.mutation(document, variables).toPromise();
    if (data) return data;
    toast(error ? messageOf(error) : 'Nothing came back.', { wrong: true });
    return null;
  };
}

/** The message of a result that is no success: what was expected to go wrong, in plain words. Null: it went well. */
export function refusalOf(result: { __typename: string; message?: string }): string | null {
  return result.__typename.endsWith('Error') || result.message !== undefined
    ? (result.message ?? result.__typename)
    : null;
}
