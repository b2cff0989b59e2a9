import { type Ramp, rampByDefault } from '../domain/ramp.ts';
import { builder } from './builder.ts';

export const RampInput = builder.inputType('RampInput', {
  description:
    'Pushes a few leads first, and more only while they pass. Each step waits until all its leads are cleared or failed. Stops after a step of at ' +
    'least 10 leads of which more than the share `stopAbove` failed; what was not pushed is then where it was before. After the last step ' +
    'everything that is left goes. With all refused: 11 failed, the others as before.',
  fields: (t) => ({
    steps: t.intList({
      defaultValue: [...rampByDefault.steps],
      description: 'How many leads go in each step; 1 to 20 steps of 1 lead or more. Null: the default.',
    }),
    stopAbove: t.float({
      defaultValue: rampByDefault.stopAbove,
      description: 'The share of a step that may fail, from 0 to 1. Null: the default.',
    }),
  }),
});

/** The ramp that an input asks for; null: none. */
export function rampOf(
  input: { steps?: number[] | null | undefined; stopAbove?: number | null | undefined } | null | undefined,
): Ramp | null {
  if (!input) return null;
  return { steps: input.steps ?? rampByDefault.steps, stopAbove: input.stopAbove ?? rampByDefault.stopAbove };
}

export const RetryRampRef = builder.objectRef<Ramp & { step: number }>('RetryRamp').implement({
  description: 'How a bulk push goes step by step.',
  fields: (t) => ({
    steps: t.exposeIntList('steps', { description: 'How many leads go in each step.' }),
    stopAbove: t.exposeFloat('stopAbove', {
      description: 'It stops after a step of at least 10 leads of which a larger share than this failed.',
    }),
    step: t.exposeInt('step', {
      description:
        'The step that it is in, or ended in, from 1. One more than there are steps: all have passed, and the rest goes. 0: it is still ' +
        'looking for its leads.',
    }),
  }),
});
