import { strictOptionsOf } from '../mapping/mapping-problem.ts';
import type { Mapping, RemoteField } from '../mapping/mapping-query.ts';

type Values = Mapping['values'];

/** Where an answer goes, and whether leads that have it get through. */
export type AnswerState =
  /** To this value. */
  | { kind: 'mapped'; remoteValue: string }
  /** No answer is mapped: it is sent as it is. */
  | { kind: 'as-is' }
  /** Nowhere, while others are mapped: its leads fail. */
  | { kind: 'unmapped' }
  /** To a value that the vendor's picklist does not have: its leads fail. */
  | { kind: 'no-option'; remoteValue: string };

/** What was answered, and what is mapped without having been answered yet. */
export const answersOf = (seen: readonly string[], values: Values): string[] => [
  ...new Set([...seen, ...values.map(({ value }) => value)]),
];

export function stateOfAnswer(answer: string, values: Values, field: RemoteField | undefined): AnswerState {
  const mapped = values.find(({ value }) => value === answer)?.remoteValue;
  if (mapped === undefined && values.length > 0) return { kind: 'unmapped' };
  const remoteValue = mapped ?? answer;
  if (strictOptionsOf(field)?.includes(remoteValue) === false) return { kind: 'no-option', remoteValue };
  return mapped === undefined ? { kind: 'as-is' } : { kind: 'mapped', remoteValue };
}

/** With the answer going there; empty: nowhere any more. The first that is mapped takes the others along, as otherwise they would fail. */
export function withAnswer(
  values: Values,
  { answers, answer, remoteValue, field }: AnswerChange & { answer: string; remoteValue: string },
): Values {
  const others = values.filter(({ value }) => value !== answer);
  if (remoteValue === '') return others;
  const along = values.length > 0 ? others : matched({ answers: answers.filter((other) => other !== answer), field });
  return [...along, { value: answer, remoteValue }];
}

/** With every answer that has none going to the option of the same name. */
export function withMatches(values: Values, change: AnswerChange): Values {
  const mapped = new Set(values.map(({ value }) => value));
  return [...values, ...matched({ ...change, answers: change.answers.filter((answer) => !mapped.has(answer)) })];
}

interface AnswerChange {
  answers: readonly string[];
  field: RemoteField | undefined;
}

/** A field without options takes an answer as it is. */
function matched({ answers, field }: AnswerChange): Values {
  return answers.flatMap((value) => {
    const option = field?.options?.find((known) => known.trim().toLowerCase() === value.trim().toLowerCase());
    if (option !== undefined) return [{ value, remoteValue: option }];
    return strictOptionsOf(field) ? [] : [{ value, remoteValue: value }];
  });
}
