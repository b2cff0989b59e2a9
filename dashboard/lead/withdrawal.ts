import { refusalOf, useAct } from '../app/act.ts';
import { graphql } from '../data/graphql.ts';
import { toast } from '../design/toasts.tsx';
import { leadsOf } from '../words/numbers.ts';

const Withdraw = graphql(`
  mutation Withdraw($input: WithdrawItemsInput!) {
    withdrawItems(input: $input) {
      __typename
      ... on Error { message }
      ... on WithdrawItemsSuccess { withdrawn }
    }
  }
`);

const Restore = graphql(`
  mutation Restore($input: RestoreItemsInput!) {
    restoreItems(input: $input) {
      __typename
      ... on Error { message }
      ... on RestoreItemsSuccess { restored }
    }
  }
`);

/** Takes leads off the work list, and puts them back. True: it is done. */
export function useWithdrawal(integrationId: string) {
  const act = useAct();
  const tell = (refusal: string | null, done: string): boolean => {
    toast(refusal ?? done, { wrong: refusal !== null });
    return refusal === null;
  };
  return {
    async withdraw(syncItemIds: string[]) {
      const result = (await act(Withdraw, { input: { integrationId, select: { syncItemIds } } }))?.withdrawItems;
      const n = result?.__typename === 'WithdrawItemsSuccess' ? result.withdrawn : 0;
      return result ? tell(refusalOf(result), `${leadsOf(n)} taken off the list. They wait under Withdrawn.`) : false;
    },
    async restore(syncItemIds: string[]) {
      const result = (await act(Restore, { input: { integrationId, select: { syncItemIds } } }))?.restoreItems;
      const n = result?.__typename === 'RestoreItemsSuccess' ? result.restored : 0;
      return result ? tell(refusalOf(result), `${leadsOf(n)} back on the list.`) : false;
    },
  };
}
