import { type SubmitEvent, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { graphql } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { sentence } from '../words/sentence.ts';

const Rename = graphql(`
  mutation RenameIntegration($input: RenameIntegrationInput!) {
    renameIntegration(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { message } }
      ... on RenameIntegrationSuccess { integration { id name } }
    }
  }
`);

interface RenameDialogProps {
  id: string;
  name: string;
  onClose(): void;
}

/** Another name for people; nothing else changes. */
export function RenameDialog({ id, name, onClose }: RenameDialogProps) {
  const [typed, setTyped] = useState(name);
  const [wrong, setWrong] = useState<string>();
  const [pending, setPending] = useState(false);
  const act = useAct();
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    const result = (await act(Rename, { input: { integrationId: id, name: typed } }))?.renameIntegration;
    setPending(false);
    if (!result) return;
    if (result.__typename === 'RenameIntegrationSuccess') return onClose();
    const words = result.__typename === 'ValidationError' ? result.fieldErrors[0]?.message : null;
    setWrong(sentence(words ?? refusalOf(result) ?? ''));
  };
  return (
    <ModalDialog title={`Rename ${name}`} onClose={onClose} asks>
      <form onSubmit={(event) => void save(event)}>
        <Field
          label="Name"
          value={typed}
          onChange={setTyped}
          required
          wrong={wrong}
          hint="How it is called here and in messages. Kept in its history."
        />
        <div className="answers">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" pending={pending}>
            Rename
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}
