import { type SubmitEvent, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import type { VariablesOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { Choice } from '../design/choice.tsx';
import { Copyable } from '../design/copyable.tsx';
import { Field } from '../design/field.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { RefusalNote } from '../design/states.tsx';
import { CreateKey } from './key-query.ts';

type Role = VariablesOf<typeof CreateKey>['input']['role'];

const roles: readonly { value: Role; label: string }[] = [
  { value: 'VIEWER', label: 'Viewer: sees everything, changes nothing' },
  { value: 'OPERATOR', label: 'Operator: captures, edits and pushes leads, switches modes' },
  { value: 'ADMIN', label: 'Administrator: connects tools, maps fields, manages keys' },
];

const dayMs = 86_400_000;
const lives = [
  { value: '', label: 'Never' },
  { value: '1', label: 'In a day' },
  { value: '7', label: 'In a week' },
  { value: '30', label: 'In 30 days' },
  { value: '365', label: 'In a year' },
] as const;

/** Asks whom a new key is for, and shows it this once. */
export function KeyDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('VIEWER');
  const [days, setDays] = useState<(typeof lives)[number]['value']>('');
  const [wrong, setWrong] = useState<string | undefined>();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const act = useAct();
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    setWrong(undefined);
    setRefusal(null);
    const expiresAt = days ? new Date(Date.now() + Number(days) * dayMs).toISOString() : null;
    const result = (await act(CreateKey, { input: { name: name.trim(), role, expiresAt } }))?.createApiKey;
    setPending(false);
    if (!result) return;
    if (result.__typename === 'CreateApiKeySuccess') return setSecret(result.secret);
    const atName = result.__typename === 'ValidationError' && result.fieldErrors.find(({ path }) => path === 'name');
    if (atName) setWrong(atName.message);
    else setRefusal(refusalOf(result));
  };
  if (secret !== null) {
    return (
      <ModalDialog title={`The key of ${name.trim()}`} onClose={onClose} asks>
        <Copyable
          label="API key"
          value={secret}
          copied="The key is copied."
          hint="Shown this once: only a digest of it is stored. Copy it now."
        />
        <div className="answers">
          <Button kind="primary" onPress={onClose}>
            Done
          </Button>
        </div>
      </ModalDialog>
    );
  }
  return (
    <ModalDialog title="Create a key" onClose={onClose} asks>
      <form className="stack" onSubmit={(event) => void create(event)}>
        <Field
          label="Name"
          value={name}
          onChange={setName}
          wrong={wrong}
          hint="Who or what uses it. Histories show it."
          required
        />
        <Choice label="May" value={role} options={roles} onChange={(next) => setRole(next)} />
        <Choice label="Expires" value={days} options={lives} onChange={(next) => setDays(next)} />
        <RefusalNote>{refusal}</RefusalNote>
        <div className="answers">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" pending={pending}>
            Create
          </Button>
        </div>
      </form>
    </ModalDialog>
  );
}
