import type { VariablesOf } from '../data/graphql.ts';
import type { RetrySelection } from './retry-mutations.ts';

type Ramp = NonNullable<VariablesOf<typeof RetrySelection>['input']['ramp']>;

/** A ramp as it is typed in. */
export interface RampDraft {
  /** `1, 10, 100` */
  steps: string;
  /** In percent. */
  stopAbove: string;
}

export const rampByDefault: RampDraft = { steps: '1, 10, 100', stopAbove: '50' };

/** The ramp that the API takes; null: it can't be read. */
export function rampOf({ steps, stopAbove }: RampDraft): Ramp | null {
  const sizes = steps
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number);
  const share = Number(stopAbove) / 100;
  if (sizes.length === 0 || sizes.some((size) => !Number.isInteger(size) || size < 1)) return null;
  if (!(stopAbove.trim() && share >= 0 && share <= 1)) return null;
  return { steps: sizes, stopAbove: share };
}
