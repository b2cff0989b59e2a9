import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import type { ResultOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { CheckField } from '../design/check-field.tsx';
import { Choice } from '../design/choice.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { toast } from '../design/toasts.tsx';
import { type VerificationsQuery, Verify } from './verification-query.ts';

interface VerifyDialogProps {
  integrations: ResultOf<typeof VerificationsQuery>['integrations'];
  onStarted(id: string): void;
  onClose(): void;
}

/** Asks what to prove. */
export function VerifyDialog({ integrations, onStarted, onClose }: VerifyDialogProps) {
  const [integrationId, setIntegrationId] = useState('');
  const [readBack, setReadBack] = useState(false);
  const [pending, setPending] = useState(false);
  const act = useAct();
  const start = async () => {
    setPending(true);
    const result = (await act(Verify, { input: { integrationId: integrationId || null, readBack } }))?.verify;
    setPending(false);
    if (!result) return;
    if (result.__typename !== 'VerifySuccess') return toast(refusalOf(result) ?? result.__typename, { wrong: true });
    onStarted(result.verification.id);
    onClose();
  };
  return (
    <ModalDialog title="Verify now?" onClose={onClose} asks>
      <div className="stack">
        <Choice
          label="What"
          value={integrationId}
          onChange={setIntegrationId}
          options={[
            { value: '', label: 'Everything of the organization' },
            ...integrations.map(({ id, name }) => ({ value: id, label: `${name} only` })),
          ]}
        />
        <CheckField
          label="Ask the vendors as well"
          hint="For every lead that has arrived: is its record still there? It takes a quarter of the rate of pushes, about an hour for a million leads."
          checked={readBack}
          onChange={setReadBack}
        />
        <p className="small muted">
          Nothing is changed, and nothing has to stand still for it. It runs in the background; you may leave this page.
        </p>
      </div>
      <div className="answers">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" pending={pending} onPress={() => void start()}>
          Verify
        </Button>
      </div>
    </ModalDialog>
  );
}
