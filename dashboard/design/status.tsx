import type { Counts } from '../data/integration-card.ts';
import { toneOf, wordsOf } from '../words/enums.ts';
import { numberOf } from '../words/numbers.ts';

/** A status as colour and word. */
export function Badge({ value, children, title }: { value: string; children?: string; title?: string | undefined }) {
  return (
    <span className={`badge tone-${toneOf(value)}`} title={title}>
      {children ?? wordsOf(value)}
    </span>
  );
}

const shown = ['cleared', 'syncing', 'queued', 'frozen', 'failed'] as const;

/** How the leads are shared out, at a glance. The numbers beside it say the same. */
export function ShareBar({ counts }: { counts: Pick<Counts, (typeof shown)[number]> }) {
  return (
    <div className="bar" aria-hidden="true">
      {shown.map(
        (name) => counts[name] > 0 && <span key={name} className={`tone-${name}`} style={{ flexGrow: counts[name] }} />,
      )}
    </div>
  );
}

interface NumberProps {
  value: number;
  label: string;
  tone?: string;
  name?: string;
}

/** A number with what it counts. */
export function Figure({ value, label, tone, name }: NumberProps) {
  return (
    <div className={`figure ${tone ? `tone-${tone}` : ''}`}>
      <dt>{label}</dt>
      <dd data-count={name ?? label.toLowerCase()}>{numberOf(value)}</dd>
    </div>
  );
}
