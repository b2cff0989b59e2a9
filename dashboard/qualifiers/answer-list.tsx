import { useId, useState } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { strictOptionsOf } from '../mapping/mapping-problem.ts';
import type { Mapping, RemoteField } from '../mapping/mapping-query.ts';
import { type AnswerState, answersOf, stateOfAnswer, withAnswer, withMatches } from './answer-mapping.ts';

interface AnswerListProps {
  qualifier: string;
  /** What leads have answered. */
  seen: readonly string[];
  mapping: Mapping;
  field: RemoteField | undefined;
  barrier: string | null;
  onChange(values: Mapping['values']): void;
}

/** Every answer of a qualifier, and what it becomes at the vendor. */
export function AnswerList({ qualifier, seen, mapping, field, barrier, onChange }: AnswerListProps) {
  const { values } = mapping;
  const answers = answersOf(seen, values);
  const states = answers.map((answer) => ({ answer, state: stateOfAnswer(answer, values, field) }));
  const stuck = states.filter(({ state }) => state.kind === 'unmapped' || state.kind === 'no-option').length;
  const matches = withMatches(values, { answers, field });
  if (answers.length === 0)
    return <p className="small muted">Nobody has answered it yet. Answers come here as they are given.</p>;
  return (
    <div className="stack tight">
      <ul className="answers-list" aria-label={`Answers of ${qualifier} for ${mapping.remoteField}`}>
        {states.map(({ answer, state }) => (
          <li key={answer} data-answer={state.kind}>
            <span className="wrap-anywhere">
              {answer}
              {!seen.includes(answer) && <span className="small muted"> not answered yet</span>}
            </span>
            <Icon name="arrow" />
            <AnswerTarget
              label={`At the vendor for ${answer}`}
              state={state}
              options={strictOptionsOf(field)}
              suggestions={field?.options ?? []}
              readOnly={barrier !== null}
              onChoose={(remoteValue) => onChange(withAnswer(values, { answers, answer, remoteValue, field }))}
            />
            <span className="answer-note small">{noteOf(state)}</span>
          </li>
        ))}
      </ul>
      <div className="cluster tight">
        {stuck > 0 && (
          <p className="small stuck" role="status">
            <Icon name="alert" />
            {stuck === 1
              ? 'One answer goes nowhere: leads that have it fail as “Qualifier value not mapped” until it goes somewhere.'
              : `${stuck} answers go nowhere: leads that have one of them fail as “Qualifier value not mapped” until they go somewhere.`}
          </p>
        )}
        {stuck > 0 && matches.length > values.length && (
          <Button small disabledBecause={barrier} onPress={() => onChange(matches)}>
            Match options by name
          </Button>
        )}
      </div>
    </div>
  );
}

function noteOf(state: AnswerState): string {
  if (state.kind === 'unmapped') return 'Its leads fail';
  if (state.kind === 'no-option') return `“${state.remoteValue}” is no option: its leads fail`;
  return state.kind === 'as-is' ? 'Sent as it is' : '';
}

interface AnswerTargetProps {
  label: string;
  state: AnswerState;
  /** The only ones that it takes; null: it takes any text. */
  options: readonly string[] | null;
  suggestions: readonly string[];
  readOnly: boolean;
  onChoose(remoteValue: string): void;
}

/** An option of the vendor's picklist, or a text where the field takes any. */
function AnswerTarget({ label, state, options, suggestions, readOnly, onChoose }: AnswerTargetProps) {
  const chosen = state.kind === 'mapped' || state.kind === 'no-option' ? state.remoteValue : '';
  if (!options) return <AnswerText {...{ label, chosen, state, suggestions, readOnly, onChoose }} />;
  const isKnown = options.includes(chosen);
  return (
    <select
      className="input"
      aria-label={label}
      aria-invalid={state.kind === 'unmapped' || state.kind === 'no-option' || undefined}
      value={isKnown ? chosen : ''}
      disabled={readOnly}
      onChange={({ target }) => onChoose(target.value)}
    >
      <option value="">{state.kind === 'as-is' ? 'As it is' : 'Choose an option …'}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

function AnswerText({
  label,
  chosen,
  state,
  suggestions,
  readOnly,
  onChoose,
}: Omit<AnswerTargetProps, 'options'> & { chosen: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const id = useId();
  const leave = () => {
    if (typed !== null && typed.trim() !== chosen) onChoose(typed.trim());
    setTyped(null);
  };
  return (
    <>
      <input
        className="input"
        list={suggestions.length > 0 ? id : undefined}
        aria-label={label}
        aria-invalid={state.kind === 'unmapped' || undefined}
        placeholder={state.kind === 'as-is' ? 'As it is' : 'What it becomes'}
        value={typed ?? chosen}
        readOnly={readOnly}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={leave}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
      {suggestions.length > 0 && (
        <datalist id={id}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </>
  );
}
