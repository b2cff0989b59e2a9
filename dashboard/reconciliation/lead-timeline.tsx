import { causeWords, toneOf, wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import type { LeadItem } from './lead-query.ts';

/** Everything that happened to a lead on its way to the vendor, newest first. */
export function LeadTimeline({ item }: { item: LeadItem }) {
  const clock = useClock(item.event.timeZone);
  return (
    <section className="stack tight" aria-labelledby="timeline">
      <h3 id="timeline">What happened</h3>
      <ol className="history">
        {item.timeline.edges.map(({ node }) => (
          <li key={node.id} className={`tone-${toneOf(node.to)}`}>
            <span>
              {causeWords[node.cause] ?? wordsOf(node.cause)}
              {node.from !== node.to && <strong>: {wordsOf(node.to)}</strong>}
            </span>
            {node.error && (
              <span className="small wrap-anywhere">
                {wordsOf(node.error.category)}. {node.error.vendorMessage ?? node.error.message}
              </span>
            )}
            <span className="small muted">
              {node.by !== 'Sluice' && `${node.by}, `}
              {clock.full(node.at)}
              {node.attempt > 0 && `, push ${node.attempt}`}
            </span>
          </li>
        ))}
      </ol>
      {item.timeline.pageInfo.hasNextPage && <p className="small muted">Older moves are left out.</p>}
    </section>
  );
}
