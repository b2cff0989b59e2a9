import { useState } from 'react';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { countOf } from '../words/numbers.ts';
import { KeyDialog } from './key-dialog.tsx';
import { KeyLine } from './key-line.tsx';
import { type Key, KeysQuery } from './key-query.ts';
import './keys.css';

/** Who and what may use the API of this organization. */
export function KeysPage() {
  const barrier = useRoleBarrier()('ADMIN');
  return (
    <div className="stack" data-page="keys">
      <title>API keys · Sluice</title>
      {barrier ? (
        <>
          <h1>API keys</h1>
          <section className="card">
            <Empty icon="key" title="Administrators see the keys">
              <p>{barrier}</p>
            </Empty>
          </section>
        </>
      ) : (
        <Keys />
      )}
    </div>
  );
}

function Keys() {
  const [{ data, error, fetching }, reload] = useLiveQuery({ query: KeysQuery });
  const [creating, setCreating] = useState(false);
  const keys = data?.apiKeys;
  const [good, ended] = [keys?.filter(isGood) ?? [], keys?.filter((key) => !isGood(key)) ?? []];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>API keys</h1>
          <p className="muted">
            One for each person and each program, with the least that serves. A revoked key ends at once.
          </p>
        </div>
        <Button kind="primary" icon="plus" onPress={() => setCreating(true)}>
          Create a key
        </Button>
      </header>
      {!keys &&
        (error && !fetching ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what="keys" />)}
      {keys && (
        <section className="card keys" aria-label="Keys in use">
          <ul>
            {good.map((key) => (
              <KeyLine key={key.id} apiKey={key} />
            ))}
          </ul>
        </section>
      )}
      {ended.length > 0 && (
        <details className="card keys">
          <summary>{countOf(ended.length, 'key')} revoked or expired</summary>
          <ul>
            {ended.map((key) => (
              <KeyLine key={key.id} apiKey={key} />
            ))}
          </ul>
        </details>
      )}
      {creating && <KeyDialog onClose={() => setCreating(false)} />}
    </>
  );
}

const isGood = ({ revokedAt, expiresAt }: Key): boolean =>
  revokedAt === null && (expiresAt === null || new Date(expiresAt) > new Date());
