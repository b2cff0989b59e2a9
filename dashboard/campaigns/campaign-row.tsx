import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { RowState } from '../mapping/row-state.tsx';
import { leadsOf } from '../words/numbers.ts';
import { daysOf, useClock } from '../words/time.ts';
import { CampaignEditor } from './campaign-editor.tsx';
import type { CampaignEvent, EventCampaign } from './campaign-query.ts';
import type { CampaignWords } from './campaign-words.ts';
import { useEventCampaign } from './use-event-campaign.ts';

interface CampaignRowProps {
  integrationId: string;
  event: CampaignEvent;
  campaign: EventCampaign | null;
  words: CampaignWords;
  barrier: string | null;
}

/** An event, and what its leads become members of. Opened, it is chosen among what the vendor has. */
export function CampaignRow({ integrationId, event, campaign, words, barrier }: CampaignRowProps) {
  const [open, setOpen] = useState(false);
  const saving = useEventCampaign(integrationId, event.id);
  const clock = useClock();
  const state = saving.state ?? (campaign ? 'saved' : null);
  return (
    <li className="campaign-row" aria-label={event.name} data-open={open}>
      <div className="campaign-line">
        <div>
          <strong className="wrap-anywhere">{event.name}</strong>
          <p className="small muted">
            {[daysOf(event.startsOn, event.endsOn), leadsOf(event.leadCount)].filter(Boolean).join(' · ')}
          </p>
        </div>
        {campaign ? (
          <div title={`Set by ${campaign.setBy}, ${clock.full(campaign.setAt)}`}>
            <span className="wrap-anywhere" data-campaign={campaign.campaignId}>
              {campaign.campaignName}
            </span>
            <p className="small muted">{campaign.memberStatus && `as ${campaign.memberStatus}`}</p>
          </div>
        ) : (
          <span className="muted">No {words.one}</span>
        )}
        {state ? <RowState state={state} /> : <span />}
        <Button
          small
          pressed={open}
          disabledBecause={barrier}
          label={`${open ? 'Done with' : campaign ? 'Change' : 'Choose'} the ${words.one} of ${event.name}`}
          onPress={() => setOpen(!open)}
        >
          {open ? 'Done' : campaign ? 'Change' : 'Choose'}
        </Button>
      </div>
      {saving.wrong && (
        <p className="wrong small" role="alert">
          {saving.wrong}
        </p>
      )}
      {open && <CampaignEditor {...{ integrationId, event, campaign, words, saving }} />}
    </li>
  );
}
