import { useState } from 'react';
import { useQuery } from 'urql';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { SearchChoice } from '../design/search-choice.tsx';
import { leadsOf } from '../words/numbers.ts';
import {
  type Campaign,
  CampaignChoicesQuery,
  type CampaignEvent,
  ClearedBeforeQuery,
  type EventCampaign,
} from './campaign-query.ts';
import type { CampaignWords } from './campaign-words.ts';
import type { useEventCampaign } from './use-event-campaign.ts';
import { useSettled } from './use-settled.ts';

interface CampaignEditorProps {
  integrationId: string;
  event: CampaignEvent;
  campaign: EventCampaign | null;
  words: CampaignWords;
  saving: ReturnType<typeof useEventCampaign>;
}

/** Chooses among what the vendor has now, and the status of new members. Saved as soon as it is complete. */
export function CampaignEditor({ integrationId, event, campaign, words, saving }: CampaignEditorProps) {
  const [typed, setTyped] = useState('');
  const search = useSettled(typed) || null;
  const found = useCampaigns(integrationId, search, false);
  // What is set may be far down the list: it is looked for by its name.
  const present = useCampaigns(integrationId, campaign?.campaignName ?? null, !campaign);
  const [chosen, setChosen] = useState<Campaign | null>(null);
  const current = chosen ?? present.campaigns.find(({ id }) => id === campaign?.campaignId) ?? null;
  const isGone = campaign && !chosen && present.isRead && !current;
  const choose = (id: string) => {
    const next = found.campaigns.find((known) => known.id === id);
    if (!next) return;
    setChosen(next);
    if (next.memberStatuses.length === 0) void saving.set(next.id, null);
  };
  return (
    <div className="campaign-editor">
      <div className="field">
        <span className="small muted">{`What leads become members of`}</span>
        <SearchChoice
          label={`The ${words.one} of ${event.name}`}
          value={current?.id ?? null}
          shown={current?.name ?? campaign?.campaignName ?? ''}
          options={found.campaigns.map(({ id, name, type }) => ({ id, name, about: id, ...(type && { note: type }) }))}
          onSearch={setTyped}
          onChoose={choose}
          placeholder={`Find a ${words.one}`}
          noneWords={found.isRead ? `The vendor has no ${words.one} with that in its name.` : 'Asking the vendor …'}
          wrong={saving.wrong !== null}
        />
      </div>
      {current && current.memberStatuses.length > 0 && (
        <div className="field">
          <label htmlFor={`status-${event.id}`} className="small muted">
            Their status
          </label>
          <select
            id={`status-${event.id}`}
            className="input"
            value={
              (!chosen || chosen.id === campaign?.campaignId) && campaign?.memberStatus ? campaign.memberStatus : ''
            }
            onChange={({ target }) => target.value && void saving.set(current.id, target.value)}
          >
            <option value="">Choose a status …</option>
            {current.memberStatuses.map((status) => (
              <option key={status} value={status}>
                {status}
              </option>
            ))}
          </select>
        </div>
      )}
      {campaign && (
        <Button
          icon="trash"
          kind="quiet"
          onPress={() => {
            setChosen(null);
            void saving.clear();
          }}
        >
          {`No ${words.one}`}
        </Button>
      )}
      <div className="campaign-notes small">
        {found.problem && (
          <p className="wrong" role="alert">
            {found.problem}{' '}
            <button type="button" className="link-button" onClick={found.askAgain}>
              Ask again
            </button>
          </p>
        )}
        {isGone && (
          <p className="wrong">
            The vendor shows no {words.one} of this name now. Where it was deleted or takes no members any more, leads
            fail until another one is chosen.
          </p>
        )}
        <ClearedBefore integrationId={integrationId} eventId={event.id} words={words} />
      </div>
    </div>
  );
}

/** What becomes of leads that were cleared before: nothing, and nobody should wait for it. */
function ClearedBefore({
  integrationId,
  eventId,
  words,
}: {
  integrationId: string;
  eventId: string;
  words: CampaignWords;
}) {
  const [{ data }] = useQuery({
    query: ClearedBeforeQuery,
    variables: { id: integrationId, eventId },
    requestPolicy: 'cache-and-network',
  });
  const cleared = data?.integration?.reconciliation.counts.cleared ?? 0;
  return (
    <p className="muted">
      From the next push on, a lead is cleared only when it is a member as well.{' '}
      {cleared > 0 &&
        `${leadsOf(cleared)} of this event ${cleared === 1 ? 'was' : 'were'} cleared before and ${cleared === 1 ? 'stays' : 'stay'} as ${cleared === 1 ? 'it is' : 'they are'}: only an edit sends ${cleared === 1 ? 'it' : 'one'} again, then with the ${words.one}.`}
    </p>
  );
}

function useCampaigns(id: string, search: string | null, pause: boolean) {
  const [{ data, error, fetching }, ask] = useQuery({
    query: CampaignChoicesQuery,
    variables: { id, search },
    requestPolicy: 'cache-and-network',
    pause,
  });
  return {
    campaigns: data?.integration?.campaigns ?? [],
    isRead: !fetching && Boolean(data?.integration?.campaigns),
    problem: error && !fetching ? messageOf(error) : null,
    askAgain: () => ask({ requestPolicy: 'network-only' }),
  };
}
