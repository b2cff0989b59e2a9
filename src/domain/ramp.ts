import type { FieldProblem } from './errors.ts';

/** A retry that begins with a few leads and goes on only while they pass. */
export interface Ramp {
  /** Leads of each step; after the last one everything that is left goes. */
  steps: number[];
  /** The share of a step's leads that may fail. */
  stopAbove: number;
}

export const rampByDefault: Ramp = { steps: [1, 10, 100], stopAbove: 0.5 };

const stepsMax = 20;
/** A step of fewer leads says too little to stop for. */
const tellingLeads = 10;

/** What is wrong with a ramp that somebody asks for; `path` is below the ramp. */
export function problemsOfRamp({ steps, stopAbove }: Ramp): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (steps.length < 1 || steps.length > stepsMax) {
    problems.push({ path: 'steps', message: `expected 1 to ${stepsMax} steps, got ${steps.length}.` });
  }
  for (const [index, leads] of steps.entries()) {
    if (!Number.isInteger(leads) || leads < 1) {
      problems.push({ path: `steps.${index}`, message: 'expected a number of leads, 1 or more.' });
    }
  }
  if (!(stopAbove >= 0 && stopAbove <= 1)) {
    problems.push({ path: 'stopAbove', message: 'expected a share between 0 and 1.' });
  }
  return problems;
}

/** Whether a ramp ends with this step, all of whose leads have their outcome. */
export function stopsAfter(ramp: Ramp, step: { leads: number; failed: number }): boolean {
  return step.leads >= tellingLeads && step.failed / step.leads > ramp.stopAbove;
}
