import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { sentence } from '../words/sentence.ts';
import { ClearEventCampaign, SetEventCampaign } from './campaign-query.ts';

type State = 'saved' | 'saving' | 'refused';

/** The campaign of one event, changed at once; `state` is null while nothing was changed here. */
export function useEventCampaign(integrationId: string, eventId: string) {
  const [state, setState] = useState<State | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const act = useAct();
  const of = { integrationId, eventId };

  async function change(call: Promise<{ change: Result } | null>): Promise<boolean> {
    setState('saving');
    setWrong(null);
    const result = (await call)?.change;
    const refusal = result ? wordsOf(result) : 'It could not be saved. Try again.';
    setState(refusal === null ? 'saved' : 'refused');
    setWrong(refusal);
    return refusal === null;
  }

  return {
    state,
    wrong,
    set: (campaignId: string, memberStatus: string | null) =>
      change(act(SetEventCampaign, { input: { ...of, campaignId, memberStatus } })),
    clear: () => change(act(ClearEventCampaign, { input: of })),
  };
}

interface Result {
  __typename: string;
  message?: string;
  fieldErrors?: readonly { message: string }[];
}

const wordsOf = (result: Result): string | null =>
  result.fieldErrors?.map(({ message }) => sentence(message)).join(' ') ?? refusalOf(result);
