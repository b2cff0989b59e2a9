/** One line of the table. Ratios are of one run; what they compare was measured in turns. */
export interface Row {
  what: string;
  /** With its unit. */
  ours: string;
  against: string;
  /** One per round; ours to theirs, or what the unit of the goal says. */
  ratios: readonly number[];
  /** Null: shown for comparison, nothing is promised. */
  goal: Goal | null;
}

/** Of the median of the ratios. */
export interface Goal {
  atMost?: number;
  atLeast?: number;
  /** "us" where the number is no ratio. */
  unit?: string;
}

/** What one benchmark found. */
export interface Report {
  rows: Row[];
  /** Markdown below the table: how it was measured, plans, what else is worth knowing. */
  notes: string[];
}

export function isMet({ ratios, goal }: Row): boolean | null {
  if (!goal) return null;
  const middle = median(ratios);
  return middle <= (goal.atMost ?? Number.POSITIVE_INFINITY) && middle >= (goal.atLeast ?? Number.NEGATIVE_INFINITY);
}

export function tableOf(rows: readonly Row[]): string {
  const head = ['what', 'ours', 'against', 'ratio: median (min..max)', 'goal', 'met'];
  const cells = rows.map((row) => [
    row.what,
    row.ours,
    row.against,
    spread(row.ratios),
    wordsOf(row.goal),
    metWord(row),
  ]);
  return [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function wordsOf(goal: Goal | null): string {
  if (!goal) return 'none';
  const { atMost, atLeast, unit = 'x' } = goal;
  return atMost === undefined ? `>= ${atLeast}${unit}` : `<= ${atMost}${unit}`;
}

function metWord(row: Row): string {
  const met = isMet(row);
  return met === null ? '' : met ? 'yes' : '**no**';
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** By nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** "1.2 (1.1..1.4)" */
function spread(values: readonly number[]): string {
  return `${short(median(values))} (${short(Math.min(...values))}..${short(Math.max(...values))})`;
}

/** Three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
