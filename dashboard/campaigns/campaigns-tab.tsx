import { useState } from 'react';
import { useSubscription } from 'urql';
import { useLiveQuery } from '../app/live-query.ts';
import { useRoleBarrier } from '../app/sluice.ts';
import { messageOf } from '../data/client.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Callout, Empty, Loading, Trouble } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { CampaignsChanged, EventCampaignsQuery } from './campaign-query.ts';
import { CampaignRow } from './campaign-row.tsx';
import { campaignWordsOf, withoutCampaignsOf } from './campaign-words.ts';
import { useSettled } from './use-settled.ts';
import '../mapping/mapping.css';
import './campaigns.css';

const pageSize = 25;
const shownMax = 100;
/** From so many events on they can be searched. */
const searchedFrom = 8;

/** What the leads of each event become members of at the vendor, once they are there. */
export function CampaignsTab({ integration }: { integration: IntegrationCard }) {
  const { id, vendor, connection } = integration;
  const [typed, setTyped] = useState('');
  const [first, setFirst] = useState(pageSize);
  const search = useSettled(typed.trim()) || null;
  const [{ data, error, fetching }, reload] = useLiveQuery({
    query: EventCampaignsQuery,
    variables: { id, search, first },
    requestPolicy: 'cache-and-network',
  });
  useSubscription({ query: CampaignsChanged, variables: { id } }, ignore); // into the cache, where the query sees it
  const barrier = useRoleBarrier()('ADMIN');
  const name = wordsOf(vendor);
  const words = campaignWordsOf(vendor);
  const read = data?.integration;
  if (!read)
    return error && !fetching ? <Trouble message={messageOf(error)} onRetry={reload} /> : <Loading what={words.many} />;
  if (!read.hasCampaigns) {
    return (
      <section className="card" data-page="campaigns">
        <Empty icon="inbox" title={`${name} has no campaigns for leads to be members of`}>
          <p>{withoutCampaignsOf(vendor)}</p>
        </Empty>
      </section>
    );
  }
  const events = data.events.edges.map(({ node }) => node);
  const isConnected = connection.status === 'CONNECTED';
  return (
    <div className="stack" data-page="campaigns">
      <section className="card stack" aria-labelledby="campaigns">
        <div className="mapping-head">
          <div>
            <h2 id="campaigns">Campaigns</h2>
            <p className="muted">
              For each event the {words.one} of {name} that its leads become members of. Saved as you choose it, and
              used by every push from then on.
            </p>
          </div>
          {(events.length >= searchedFrom || search !== null || typed !== '') && (
            <div className="search">
              <Icon name="search" />
              <input
                type="search"
                className="input"
                aria-label="Find an event"
                placeholder="Find an event"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </div>
          )}
        </div>
        {barrier && <Callout>{barrier}</Callout>}
        {!isConnected && (
          <Callout tone="failed" icon="alert">
            {name} is not connected, so it can not be asked what {words.many} it has. What is set is kept.
          </Callout>
        )}
        {events.length === 0 ? (
          <Empty icon="search" title={search ? `No event has “${search}” in its name` : 'There is no event yet'}>
            {!search && <p>Events come with the leads that are captured there, or are made before by the API.</p>}
          </Empty>
        ) : (
          <ul className="campaign-rows" aria-label="Events">
            {events.map((event) => (
              <CampaignRow
                key={event.id}
                integrationId={id}
                event={event}
                campaign={read.eventCampaigns.find((known) => known.event.id === event.id) ?? null}
                words={words}
                barrier={barrier ?? (isConnected ? null : `Connect ${name} first: it is asked what it has.`)}
              />
            ))}
          </ul>
        )}
        {data.events.pageInfo.hasNextPage &&
          (first < shownMax ? (
            <Button small onPress={() => setFirst(Math.min(shownMax, first + pageSize))}>
              Show more events
            </Button>
          ) : (
            <p className="small muted">There are more: find them by their name.</p>
          ))}
      </section>
    </div>
  );
}

const ignore = () => null;
