interface ProgressProps {
  label: string;
  total: number;
  parts: readonly { tone: string; value: number }[];
}

/** How far something is, and what became of it up to now. */
export function Progress({ label, total, parts }: ProgressProps) {
  const done = parts.reduce((sum, { value }) => sum + value, 0);
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(total, done)}
    >
      {parts.map(({ tone, value }) => (
        <span key={tone} className={`tone-${tone}`} style={{ width: `${(100 * value) / Math.max(1, total)}%` }} />
      ))}
    </div>
  );
}
