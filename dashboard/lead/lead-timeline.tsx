import { useState } from 'react';
import { useQuery } from 'urql';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Loading, Trouble } from '../design/states.tsx';
import { causeWords, toneOf, wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { type LeadItem, TimelineQuery } from './lead-query.ts';

type Move = LeadItem['timeline']['edges'][number]['node'];

/** Everything that happened to a lead on its way to the vendor, newest first. */
export function LeadTimeline({ item }: { item: LeadItem }) {
  const { edges, pageInfo } = item.timeline;
  return (
    <section className="stack tight" aria-labelledby="timeline">
      <h3 id="timeline">What happened</h3>
      <Moves moves={edges.map(({ node }) => node)} zone={item.event.timeZone} />
      {pageInfo.hasNextPage && pageInfo.endCursor && <Older item={item} after={pageInfo.endCursor} />}
    </section>
  );
}

/** The next page, and those behind it, each when it is asked for. */
function Older({ item, after }: { item: LeadItem; after: string }) {
  const [shown, setShown] = useState(false);
  const variables = { id: item.id, after };
  const [{ data, error, fetching }, ask] = useQuery({ query: TimelineQuery, variables, pause: !shown });
  const timeline = data?.node?.__typename === 'SyncItem' ? data.node.timeline : null;
  if (!shown) {
    return (
      <Button small onPress={() => setShown(true)}>
        Show what was before
      </Button>
    );
  }
  if (!timeline) {
    if (error && !fetching)
      return <Trouble message={messageOf(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
    return <Loading what="the history" />;
  }
  const { hasNextPage, endCursor } = timeline.pageInfo;
  return (
    <>
      <Moves moves={timeline.edges.map(({ node }) => node)} zone={item.event.timeZone} />
      {hasNextPage && endCursor && <Older item={item} after={endCursor} />}
    </>
  );
}

function Moves({ moves, zone }: { moves: readonly Move[]; zone: string }) {
  const clock = useClock(zone);
  return (
    <ol className="history">
      {moves.map((move) => (
        <li key={move.id} className={`tone-${toneOf(move.to)}`}>
          <span>
            {causeWords[move.cause] ?? wordsOf(move.cause)}
            {move.from !== move.to && <strong>: {wordsOf(move.to)}</strong>}
          </span>
          {move.error && (
            <span className="small wrap-anywhere">
              {wordsOf(move.error.category)}. {move.error.vendorMessage ?? move.error.message}
            </span>
          )}
          <span className="small muted">
            {move.by !== 'Sluice' && `${move.by}, `}
            {clock.full(move.at)}
            {move.attempt > 0 && `, push ${move.attempt}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
