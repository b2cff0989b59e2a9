import { wordsOf } from '../words/enums.ts';
import { durationOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import type { LeadItem } from './lead-query.ts';

/** What was sent to the vendor for this lead, and what it answered: for whoever has to know exactly. */
export function LeadAttempts({ item }: { item: LeadItem }) {
  const clock = useClock(item.event.timeZone);
  const attempts = item.pushAttempts.edges.map(({ node }) => node);
  if (attempts.length === 0) return null;
  return (
    <section className="stack tight" aria-labelledby="attempts">
      <h3 id="attempts">Pushes</h3>
      {attempts.map((attempt) => (
        <details key={attempt.id} className="attempt">
          <summary>
            Push {attempt.attempt}: {wordsOf(attempt.outcome).toLowerCase()}
            <span className="small muted">
              {clock.full(attempt.startedAt)}, {durationOf(attempt.durationMs)}, {wordsOf(attempt.reason).toLowerCase()}
            </span>
          </summary>
          {attempt.exchanges.length === 0 && <p className="small muted">Nothing was sent for this lead by itself.</p>}
          {attempt.exchanges.map((exchange, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they have an order and nothing else
            <div key={index} className="stack tight">
              <code className="small">
                {exchange.request} {exchange.status ?? 'no answer'}
              </code>
              <Body label="Sent" value={exchange.payload} />
              <Body label="Answered" value={exchange.answer} />
            </div>
          ))}
        </details>
      ))}
    </section>
  );
}

function Body({ label, value }: { label: string; value: unknown }) {
  if (value === null) return null;
  return (
    <div>
      <span className="small muted">{label}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard */}
      <pre tabIndex={0}>{typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>
    </div>
  );
}
