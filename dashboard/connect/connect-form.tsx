import { type SubmitEvent, useState } from 'react';
import { Button } from '../design/button.tsx';
import { CheckField } from '../design/check-field.tsx';
import { Field } from '../design/field.tsx';
import { Segments } from '../design/segments.tsx';
import { RefusalNote } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { appOf, type ConnectableVendor, type CredentialField, fieldsOf } from './connectable-vendor.ts';
import { RedirectAddress } from './redirect-address.tsx';
import { useSignIn } from './sign-in.ts';
import { SignInWait } from './sign-in-wait.tsx';
import { type ConnectTarget, useConnect } from './use-connect.ts';

interface ConnectFormProps extends ConnectTarget {
  vendor: ConnectableVendor;
  onBack(): void;
}

/** The vendor's credentials, or a sign-in there. They are tried before anything is stored; what is wrong is said at its field. */
export function ConnectForm({ vendor, again, onConnected, onBack }: ConnectFormProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [way, setWay] = useState(vendor.ways[0]);
  const { connect, pending, wrong, refusal, refuse, forgetRefusals } = useConnect(vendor, { again, onConnected });
  const { signIn, begin, forget } = useSignIn({
    onGranted: (authorizationId) => void connect(way, values, authorizationId).finally(forget),
    onRefused: (refused) => refuse(way, refused),
  });
  const set = (name: string) => (value: string) => setValues((known) => ({ ...known, [name]: value }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (pending || signIn.state === 'beginning') return;
    if (!way.signsIn) return void connect(way, values);
    forgetRefusals();
    void begin(appOf(vendor, values));
  };
  if (signIn.state === 'pending' || signIn.state === 'granted') {
    return <SignInWait signIn={signIn} vendor={vendor.vendor} onForget={forget} />;
  }
  const trouble = refusal ?? (signIn.state === 'over' ? `${signIn.problem} Begin again when you are ready.` : null);
  return (
    <form className="stack" onSubmit={submit}>
      {vendor.ways.length > 1 && (
        <div className="stack tight">
          <Segments
            label="How to connect"
            value={way.label}
            options={vendor.ways.map(({ label }) => ({ value: label, label }))}
            onChoose={(label) => {
              setWay(vendor.ways.find((known) => known.label === label) ?? way);
              forgetRefusals();
              forget();
            }}
          />
          {way.about && <p className="small muted">{way.about}</p>}
        </div>
      )}
      {way.signsIn && <RedirectAddress />}
      {fieldsOf(vendor, way).map((field) => (
        <CredentialInput
          key={`${way.label}.${field.name}`}
          field={again && field.hintAgain ? { ...field, hint: field.hintAgain } : field}
          value={values[field.name] ?? ''}
          wrong={wrong[field.name]}
          onChange={set(field.name)}
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
      <RefusalNote>{trouble}</RefusalNote>
      <div className="answers">
        <Button onPress={onBack}>Back</Button>
        <Button
          type="submit"
          kind="primary"
          pending={pending || signIn.state === 'beginning'}
          {...(way.signsIn && { icon: 'external' })}
        >
          {pending ? 'Asking the vendor …' : way.signsIn ? `Sign in at ${wordsOf(vendor.vendor)}` : 'Connect'}
        </Button>
      </div>
    </form>
  );
}

interface CredentialInputProps {
  field: CredentialField;
  value: string;
  wrong: string | undefined;
  onChange(value: string): void;
}

function CredentialInput({ field, value, wrong, onChange }: CredentialInputProps) {
  const { label, hint, type = 'text', optional, placeholder } = field;
  if (type === 'switch') {
    return (
      <CheckField
        label={label}
        checked={value === 'on'}
        onChange={(checked) => onChange(checked ? 'on' : '')}
        hint={hint}
        wrong={wrong}
      />
    );
  }
  return (
    <Field
      label={optional ? `${label} (optional)` : label}
      value={value}
      onChange={onChange}
      required={!optional}
      hint={hint}
      wrong={wrong}
      {...(type === 'lines' ? { long: true } : { type })}
      {...(placeholder && { placeholder })}
    />
  );
}
