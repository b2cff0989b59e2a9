import { type SubmitEvent, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { Callout } from '../design/states.tsx';
import { ConnectMutation } from './connect-mutation.ts';
import type { Connected } from './connected-note.tsx';
import { type ConnectableVendor, credentialsOf } from './vendors.ts';

interface ConnectFormProps {
  vendor: ConnectableVendor;
  again: { id: string; name: string; version: number } | undefined;
  onConnected(connected: Connected): void;
  onBack(): void;
}

/** The vendor's credentials. They are tried at the vendor before anything is stored; what is wrong is said at its field. */
export function ConnectForm({ vendor, again, onConnected, onBack }: ConnectFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const act = useAct();
  const set = (name: string) => (value: string) => setValues((known) => ({ ...known, [name]: value }));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (pending) return;
    setPending(true);
    setWrong({});
    setRefusal(null);
    const input = {
      vendor: vendor.vendor,
      credentials: credentialsOf(vendor, values),
      ...(values.name?.trim() && { name: values.name.trim() }),
      ...(again && { integrationId: again.id, expectedVersion: again.version }),
    };
    const data = await act(ConnectMutation, { input });
    setPending(false);
    if (!data) return;
    const result = data.connect;
    if (result.__typename === 'ConnectSuccess') return onConnected(result);
    if (result.__typename !== 'ValidationError') return setRefusal(refusalOf(result));
    // `credentials.marketo.baseUrl` belongs to a field, `credentials` to all of them.
    const byField = result.fieldErrors.map(({ path, message }) => [path.split('.').at(-1) ?? '', message] as const);
    const known = new Set(['name', ...vendor.fields.map(({ name }) => name)]);
    setWrong(Object.fromEntries(byField.filter(([name]) => known.has(name))));
    setRefusal(byField.find(([name]) => !known.has(name))?.[1] ?? null);
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {vendor.fields.map((field) => (
        <Field
          key={field.name}
          label={field.optional ? `${field.label} (optional)` : field.label}
          value={values[field.name] ?? ''}
          onChange={set(field.name)}
          type={field.type ?? 'text'}
          required={!field.optional}
          hint={field.hint}
          wrong={wrong[field.name]}
          {...(field.placeholder && { placeholder: field.placeholder })}
        />
      ))}
      {!again && (
        <Field
          label="Name (optional)"
          value={values.name ?? ''}
          onChange={set('name')}
          wrong={wrong.name}
          hint="How it is called here."
        />
      )}
      {refusal && (
        <div role="alert">
          <Callout tone="failed" icon="alert">
            {refusal}
          </Callout>
        </div>
      )}
      <div className="answers">
        <Button onPress={onBack}>Back</Button>
        <Button type="submit" kind="primary" pending={pending}>
          {pending ? 'Asking the vendor …' : 'Connect'}
        </Button>
      </div>
    </form>
  );
}
