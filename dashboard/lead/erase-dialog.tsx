import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { Question } from '../design/question.tsx';
import { Callout } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { EraseLead, type RemoteRecord } from './lead-mutations.ts';
import { nameOf } from './lead-name.ts';
import type { LeadItem } from './lead-query.ts';

interface EraseDialogProps {
  item: LeadItem;
  onErased(): void;
  onClose(): void;
}

/** Says what is erased and what is kept, erases it, and then tells where the person has to be erased as well. */
export function EraseDialog({ item: { lead, event }, onErased, onClose }: EraseDialogProps) {
  const act = useAct();
  const [name] = useState(() => nameOf(lead)); // it will be gone
  const [records, setRecords] = useState<readonly RemoteRecord[] | null>(null);
  const erase = async () => {
    const result = (await act(EraseLead, { input: { leadId: lead.id, confirm: true } }))?.eraseLead;
    if (result?.__typename === 'EraseLeadSuccess') {
      setRecords(result.remoteRecords);
      onErased();
    } else if (result) toast(refusalOf(result) ?? result.__typename, { wrong: true });
    return false; // what follows is told in its place
  };
  if (records) return <Erased name={name} records={records} onClose={onClose} />;
  return (
    <Question
      title={`Erase ${name}?`}
      consequences={[
        [
          'Is erased',
          'Every value of this lead, what was sent and answered, and the words of its failures, in every history.',
        ],
        ['Is kept', 'Ids, times and counts, so that the numbers still add up; and the ids of records at vendors.'],
        ['Stops', 'What waits or failed is taken off the lists and never pushed. A push under way finishes.'],
        ['Stays elsewhere', 'What vendors have. You are told next where that is. Backups keep what they have.'],
        ['Other events', `This is the lead of ${event.name}. The same person at another event is another lead.`],
        ['Can not be undone', 'Nothing brings the values back.'],
      ]}
      answers={[{ label: 'Erase for good', kind: 'danger solid', act: erase }]}
      onClose={onClose}
    />
  );
}

function Erased({ name, records, onClose }: { name: string; records: readonly RemoteRecord[]; onClose(): void }) {
  return (
    <ModalDialog title={`${name} is erased`} onClose={onClose} asks>
      <div className="stack">
        {records.length === 0 ? (
          <p>No vendor has this person from here: there is nothing else to do.</p>
        ) : (
          <>
            <Callout tone="queued" icon="alert">
              The person was sent to these. Sluice erases nothing there: have the records erased at the vendors.
            </Callout>
            <ul className="stack tight">
              {records.map(({ id, integration, remoteId, remoteUrl }) => (
                <li key={id} className="cluster spread" data-remote-record={id}>
                  <span>{integration.name}</span>
                  {remoteUrl ? (
                    <a href={remoteUrl} target="_blank" rel="noopener">
                      {remoteId}
                    </a>
                  ) : (
                    <code className="wrap-anywhere">{remoteId ?? 'the vendor gave no id'}</code>
                  )}
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      <div className="answers">
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </ModalDialog>
  );
}
