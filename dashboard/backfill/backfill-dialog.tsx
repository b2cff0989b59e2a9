import { useEffect, useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { RefusalNote } from '../design/states.tsx';
import { EventPicker } from '../events/event-picker.tsx';
import { leadsOf } from '../words/numbers.ts';
import { BackfillEvent, type BackfillState } from './backfill-query.ts';

interface BackfillDialogProps {
  integration: IntegrationCard;
  /** Null: it is asked for. */
  event: { id: string; name: string } | null;
  onStarted(backfill: BackfillState): void;
  onClose(): void;
}

/** Says how many leads of an event this integration did not take, because it came later, and puts them onto its list. */
export function BackfillDialog({ integration, event, onStarted, onClose }: BackfillDialogProps) {
  const { id: integrationId, name, syncMode } = integration;
  const [chosen, setChosen] = useState(event);
  const [found, setFound] = useState<{ eventId: string; leads: number } | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [pending, setPending] = useState(false);
  const act = useAct();
  const eventId = chosen?.id ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another event is the reason to count, another act is not
  useEffect(() => {
    if (eventId === null) return;
    let stale = false;
    setRefusal(null);
    // Without a confirmation nothing is done, and the answer says how many.
    void act(BackfillEvent, { input: { integrationId, eventId } }).then((data) => {
      const result = data?.backfillEvent;
      if (stale || !result) return;
      if (result.__typename === 'ConfirmationRequiredError') setFound({ eventId, leads: result.affectedLeads });
      else setRefusal(refusalOf(result));
    });
    return () => {
      stale = true;
    };
  }, [integrationId, eventId]);
  const leads = found?.eventId === eventId ? found.leads : null;
  const start = async () => {
    if (eventId === null) return;
    setPending(true);
    const result = (await act(BackfillEvent, { input: { integrationId, eventId, confirm: true } }))?.backfillEvent;
    setPending(false);
    if (!result) return;
    if (result.__typename !== 'BackfillSuccess') return setRefusal(refusalOf(result));
    onStarted(result.backfill);
    onClose();
  };
  const because =
    eventId === null
      ? 'Choose the event first.'
      : leads === null
        ? 'They are being counted.'
        : leads === 0
          ? 'All enriched leads of this event are on the list already.'
          : null;
  return (
    <ModalDialog title={`Add earlier leads to ${name}?`} onClose={onClose} asks>
      <div className="stack">
        <p>
          Leads that were enriched before this was connected are not on its list. Choose the event whose leads belong
          there.
        </p>
        <EventPicker
          chosen={chosen}
          onChoose={(id, chosenName) => setChosen(id === null ? null : { id, name: chosenName })}
          one
        />
        <p role="status" data-untaken={leads}>
          {eventId !== null &&
            !refusal &&
            (leads === null
              ? 'Counting …'
              : leads === 0
                ? 'All enriched leads of this event are on the list already.'
                : `${leadsOf(leads)} of ${chosen?.name} ${leads === 1 ? 'is' : 'are'} not on the list.`)}
        </p>
        <dl className="consequences">
          <div>
            <dt>Then</dt>
            <dd>
              {syncMode.mode === 'MANUAL' || syncMode.holds.length > 0
                ? 'They wait as Frozen, as everything does now.'
                : 'They are pushed, behind live leads and retries.'}
            </dd>
          </div>
          <div>
            <dt>Nobody twice</dt>
            <dd>Who is on the list already is left out, however often it is done.</dd>
          </div>
        </dl>
        <RefusalNote>{refusal}</RefusalNote>
      </div>
      <div className="answers">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" pending={pending} disabledBecause={because} onPress={() => void start()}>
          {leads ? `Add ${leadsOf(leads)}` : 'Add them'}
        </Button>
      </div>
    </ModalDialog>
  );
}
