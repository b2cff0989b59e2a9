import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/toasts.tsx';
import { wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { RefreshRemoteFields } from './mapping-query.ts';

interface FieldsNoteProps {
  integrationId: string;
  vendor: string;
  count: number;
  readAt: string | null;
  barrier: string | null;
}

/** When the vendor's fields were read, and the way to read them now. Nothing for a vendor that has none to tell. */
export function FieldsNote({ integrationId, vendor, count, readAt, barrier }: FieldsNoteProps) {
  const [pending, setPending] = useState(false);
  const act = useAct();
  const clock = useClock();
  if (vendor === 'WEBHOOK') return null;
  const refresh = async () => {
    setPending(true);
    const result = (await act(RefreshRemoteFields, { id: integrationId }))?.refreshRemoteFields;
    setPending(false);
    if (result) toast(refusalOf(result) ?? 'The fields were read.', { wrong: refusalOf(result) !== null });
  };
  return (
    <p className="fields-note small muted">
      <span>
        {readAt
          ? `${count} fields of ${wordsOf(vendor)}, read ${clock.time(readAt)}.`
          : `The fields of ${wordsOf(vendor)} were never read: any name is taken, and checked by the vendor at each push.`}
      </span>
      <Button
        small
        kind="quiet"
        icon="retry"
        pending={pending}
        disabledBecause={barrier}
        onPress={() => void refresh()}
      >
        Read them now
      </Button>
    </p>
  );
}
