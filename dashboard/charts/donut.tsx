import type { ReactNode } from 'react';

interface DonutProps {
  parts: readonly { tone: string; value: number }[];
  /** In the middle. */
  children: ReactNode;
}

const radius = 42;
const around = 2 * Math.PI * radius;
/** Even one of a million is seen. */
const leastShare = 0.012;

/** Shares of a whole as a ring. The numbers beside it say the same, so it is left out for screen readers. */
export function Donut({ parts, children }: DonutProps) {
  const whole = parts.reduce((sum, { value }) => sum + value, 0);
  let from = 0;
  return (
    <div className="donut">
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle className="donut-ground" cx="50" cy="50" r={radius} />
        {whole > 0 &&
          parts.map(({ tone, value }) => {
            const share =
              value === 0 ? 0 : Math.min(1 - leastShare * (value < whole ? 1 : 0), Math.max(leastShare, value / whole));
            const start = from;
            from += share;
            return (
              <circle
                key={tone}
                className={`donut-part tone-${tone}`}
                cx="50"
                cy="50"
                r={radius}
                strokeDasharray={`${share * around} ${around}`}
                strokeDashoffset={-start * around}
              />
            );
          })}
      </svg>
      <div className="donut-middle">{children}</div>
    </div>
  );
}
