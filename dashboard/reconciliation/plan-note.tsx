import { Icon } from '../design/icon.tsx';
import { Progress } from '../design/progress.tsx';
import { wordsOf } from '../words/enums.ts';
import { leadsOf, numberOf } from '../words/numbers.ts';
import type { RetryPlan } from './retry-plan.ts';

/** What is known of the outcome before the push. */
export function PlanNote({ plan: { total, wouldPass, wouldFail, complete } }: { plan: RetryPlan }) {
  const failing = total - wouldPass;
  return (
    <div className="stack tight plan" data-plan={`${wouldPass}/${total}`}>
      <Progress
        label="Would pass"
        total={total}
        parts={[
          { tone: 'cleared', value: wouldPass },
          { tone: 'failed', value: failing },
        ]}
      />
      <p>
        {failing === 0
          ? `Nothing is known that would keep ${total === 1 ? 'it' : 'any of them'} from arriving.`
          : `${leadsOf(wouldPass)} would pass, ${numberOf(failing)} would fail as ${failing === 1 ? 'it is' : 'they are'}:`}
      </p>
      {wouldFail.length > 0 && (
        <ul className="plan-failures">
          {wouldFail.map(({ category, count, fix, helpUrl }) => (
            <li key={category} data-category={category}>
              <strong>
                <span className="error-count">{numberOf(count)}</span> {wordsOf(category)}
              </strong>
              <span className="small muted">{fix}</span>
              <a className="small" href={helpUrl} target="_blank" rel="noopener">
                <Icon name="help" /> Help
              </a>
            </li>
          ))}
        </ul>
      )}
      <p className="small muted">
        {!complete && `More match than are looked at: the numbers are of the first ${leadsOf(total)}. `}
        What a vendor refuses for reasons of its own can not be known before.
      </p>
    </div>
  );
}
