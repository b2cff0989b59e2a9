import { type SubmitEvent, useState } from 'react';
import { keepKey, takeReason } from '../data/session.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';

const reason = takeReason();

/** Asks for the API key. It is tried before anything is shown, and kept in this tab alone. */
export function Door({ onEnter }: { onEnter(key: string): void }) {
  const [key, setKey] = useState('');
  const [refusal, setRefusal] = useState(reason);
  const [pending, setPending] = useState(false);
  const enter = async (event: SubmitEvent) => {
    event.preventDefault();
    if (pending || !key.trim()) return;
    setPending(true);
    setRefusal('');
    const wrong = await refusalOf(key.trim());
    setPending(false);
    if (wrong) return setRefusal(wrong);
    keepKey(key.trim());
    onEnter(key.trim());
  };
  return (
    <main className="door">
      <form className="card stack" onSubmit={(event) => void enter(event)}>
        <div className="cluster">
          <img src="/icon.svg" alt="" width="40" height="40" />
          <h1>Sluice</h1>
        </div>
        <p className="muted">What has left for your marketing tools, what waits and what failed.</p>
        <Field
          label="API key"
          type="password"
          value={key}
          onChange={setKey}
          required
          hint="Kept in this tab until you sign out or close it."
        />
        {refusal && (
          <p role="alert" className="callout tone-failed">
            {refusal}
          </p>
        )}
        <Button type="submit" kind="primary" pending={pending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

/** Null: the key is good. */
async function refusalOf(key: string): Promise<string | null> {
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: 'query Door { viewer { role } }' }),
    });
    const { errors } = (await response.json()) as { errors?: { message: string }[] };
    return errors?.[0]?.message ?? null;
  } catch {
    return 'The server can not be reached. Try again.';
  }
}
