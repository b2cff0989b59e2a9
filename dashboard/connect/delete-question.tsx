import { useLocation } from 'wouter';
import { refusalOf, useAct } from '../app/act.ts';
import { graphql } from '../data/graphql.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Question } from '../design/question.tsx';
import { toast } from '../design/toasts.tsx';
import { leadsOf } from '../words/numbers.ts';
import { sentence } from '../words/sentence.ts';

const Delete = graphql(`
  mutation DeleteIntegration($input: DeleteIntegrationInput!) {
    deleteIntegration(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { message } }
      ... on DeleteIntegrationSuccess { integrationId }
    }
  }
`);

/** Of one that is disconnected. Says what is lost for good, and what is not. */
export function DeleteQuestion({ integration, onClose }: { integration: IntegrationCard; onClose(): void }) {
  const { id, name, reconciliation } = integration;
  const [, navigate] = useLocation();
  const act = useAct();
  const remove = async () => {
    const result = (await act(Delete, { input: { integrationId: id, confirm: true } }))?.deleteIntegration;
    if (!result) return false;
    if (result.__typename !== 'DeleteIntegrationSuccess') {
      const words = result.__typename === 'ValidationError' ? result.fieldErrors[0]?.message : null;
      toast(words ? `${name} ${words}` : sentence(refusalOf(result) ?? ''), { wrong: true });
      return false;
    }
    navigate('/');
    toast(`${name} is deleted.`);
    return true;
  };
  return (
    <Question
      title={`Delete ${name}?`}
      consequences={[
        [
          'Is lost for good',
          `Its work list of ${leadsOf(reconciliation.counts.total)} with every attempt and error, its mappings and campaigns, its notification rules and its history.`,
        ],
        ['Stays', 'The leads themselves, other integrations, and everything that the vendor has.'],
        ['Instead', 'Leave it disconnected: nothing leaves, and it can be connected again as it is.'],
      ]}
      answers={[{ label: 'Delete for good', kind: 'danger solid', act: remove }]}
      onClose={onClose}
    />
  );
}
