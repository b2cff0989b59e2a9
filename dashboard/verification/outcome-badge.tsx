import { countOf } from '../words/numbers.ts';
import type { Verification } from './verification-query.ts';

/** What a verification came to, in a word. */
export function OutcomeBadge({ verification: { status, outcome, findingCount } }: { verification: Verification }) {
  const [tone, words] = outcomeOf(status, outcome, findingCount);
  return (
    <span className={`badge tone-${tone}`} data-outcome={outcome ?? status}>
      {words}
    </span>
  );
}

function outcomeOf(status: string, outcome: string | null, findings: number): [tone: string, words: string] {
  if (findings > 0) return ['failed', countOf(findings, 'finding')];
  if (status === 'RUNNING') return ['syncing', 'Running'];
  if (status === 'FAILED') return ['failed', 'Could not be done'];
  if (outcome === 'HOLDS') return ['cleared', 'Everything holds'];
  return ['queued', status === 'CANCELED' ? 'Canceled' : 'Not everything was checked'];
}
