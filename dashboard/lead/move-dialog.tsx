import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { RefusalNote } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { EventPicker } from '../events/event-picker.tsx';
import { MoveLead } from './lead-mutations.ts';
import { nameOf } from './lead-name.ts';
import type { LeadItem } from './lead-query.ts';

interface MoveDialogProps {
  item: LeadItem;
  onMoved(): void;
  onClose(): void;
}

/** Asks at which event a lead was captured in truth. */
export function MoveDialog({ item: { lead, event, status }, onMoved, onClose }: MoveDialogProps) {
  const [chosen, setChosen] = useState<{ id: string; name: string } | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const act = useAct();
  const move = async () => {
    if (!chosen) return;
    setPending(true);
    setRefusal(null);
    const input = { leadId: lead.id, eventId: chosen.id, expectedRevision: lead.revision };
    const result = (await act(MoveLead, { input }))?.moveLead;
    setPending(false);
    if (!result) return;
    const said = refusalOf(result);
    if (said !== null) return setRefusal(said);
    toast(`${nameOf(lead)} is at ${chosen.name} now.`);
    onMoved();
    onClose();
  };
  const because = !chosen ? 'Choose the event first.' : chosen.id === event.id ? 'It is at this event already.' : null;
  return (
    <ModalDialog title={`Move ${nameOf(lead)} to another event?`} onClose={onClose} asks>
      <div className="stack">
        <EventPicker chosen={chosen} onChoose={(id, name) => setChosen(id === null ? null : { id, name })} one />
        <dl className="consequences">
          <div>
            <dt>Moves</dt>
            <dd>Out of {event.name}, on the lists of all integrations. The counts of both events change at once.</dd>
          </div>
          <div>
            <dt>Is sent again</dt>
            <dd>
              {status === 'FAILED'
                ? 'Not by itself: it stays among the failed ones until somebody retries.'
                : 'Where it has arrived already: the event is part of what is sent. Manual holds it as any other.'}
            </dd>
          </div>
        </dl>
        <RefusalNote>{refusal}</RefusalNote>
      </div>
      <div className="answers">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" pending={pending} disabledBecause={because} onPress={() => void move()}>
          {chosen ? `Move to ${chosen.name}` : 'Move'}
        </Button>
      </div>
    </ModalDialog>
  );
}
