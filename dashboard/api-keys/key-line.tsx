import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { Question } from '../design/question.tsx';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { type Key, RevokeKey } from './key-query.ts';

/** One key: whose it is, what it may do, when it was used. */
export function KeyLine({ apiKey: { id, name, role, prefix, ...key } }: { apiKey: Key }) {
  const clock = useClock();
  const act = useAct();
  const [revoking, setRevoking] = useState(false);
  const revoke = async () => {
    const result = (await act(RevokeKey, { id }))?.revokeApiKey;
    if (!result) return false;
    const refusal = refusalOf(result);
    toast(refusal ?? `${name} is revoked.`, { wrong: refusal !== null });
    return refusal === null;
  };
  return (
    <li data-key={prefix}>
      <div>
        <strong>{name}</strong>
        <p className="small muted">
          <code>{prefix}…</code> · created {clock.time(key.createdAt)} by {key.createdBy}
        </p>
      </div>
      <span className="badge">{wordsOf(role)}</span>
      <span className="small muted">
        {key.revokedAt
          ? `Revoked ${clock.time(key.revokedAt)}`
          : key.lastUsedAt
            ? `Used ${clock.time(key.lastUsedAt)}`
            : 'Never used'}
        {!key.revokedAt && key.expiresAt && (
          <>
            <br />
            {new Date(key.expiresAt) > new Date() ? 'Expires' : 'Expired'} {clock.full(key.expiresAt)}
          </>
        )}
      </span>
      {key.revokedAt ? (
        <span />
      ) : (
        <Button small kind="danger" label={`Revoke ${name}`} onPress={() => setRevoking(true)}>
          Revoke
        </Button>
      )}
      {revoking && (
        <Question
          title={`Revoke ${name}?`}
          consequences={[
            ['Stops', 'Whoever uses it is signed out at once, with every stream that it opened.'],
            ['Is kept', 'Its name, in the histories of what it did.'],
            ['Can not be undone', 'Create another key instead.'],
          ]}
          answers={[{ label: 'Revoke', kind: 'danger solid', act: revoke }]}
          onClose={() => setRevoking(false)}
        />
      )}
    </li>
  );
}
