import { useId } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { FieldChoice } from '../mapping/field-choice.tsx';
import type { Row } from '../mapping/mapping-draft.ts';
import { problemOfMapping } from '../mapping/mapping-problem.ts';
import type { Mapping, RemoteField } from '../mapping/mapping-query.ts';
import { RowState } from '../mapping/row-state.tsx';
import { WriteBehaviorChoice } from '../mapping/write-behavior.tsx';
import { AnswerList } from './answer-list.tsx';

interface QualifierCardProps {
  name: string;
  /** What leads have answered. */
  seen: readonly string[];
  /** Where it goes: none, or a line for each field. */
  rows: readonly Row[];
  fields: readonly RemoteField[];
  taken: ReadonlySet<string>;
  canWriteIfBlank: boolean;
  barrier: string | null;
  onAdd(): void;
  onChange(key: number, changes: Partial<Mapping>): void;
  onRemove(key: number): void;
}

/** A qualifier: the fields at the vendor that it goes to, and what each of its answers becomes there. */
export function QualifierCard(props: QualifierCardProps) {
  const { name, seen, rows, fields, taken, canWriteIfBlank, barrier, onAdd, onChange, onRemove } = props;
  const id = useId();
  return (
    <section className="card stack qualifier" aria-labelledby={id} data-qualifier={name}>
      <header className="cluster spread">
        <div>
          <h3 id={id} className="wrap-anywhere">
            {name}
          </h3>
          <p className="small muted">{summaryOf(seen, rows)}</p>
        </div>
        <Button small icon="plus" disabledBecause={barrier} onPress={onAdd}>
          {rows.length === 0 ? 'Map it' : 'To another field as well'}
        </Button>
      </header>
      {rows.map((row) => {
        const { mapping, state, wrong } = row;
        const problem = wrong ?? (state === 'saved' ? problemOfMapping(mapping, fields) : null);
        return (
          <div key={row.key} className="stack tight">
            <div className="qualifier-target" data-state={state}>
              <Icon name="arrow" />
              <FieldChoice
                label={`Field at the vendor for ${name}`}
                value={mapping.remoteField}
                fields={fields}
                taken={taken}
                readOnly={barrier !== null}
                wrong={problem !== null}
                onChoose={(remoteField) => onChange(row.key, { remoteField })}
              />
              {canWriteIfBlank && (
                <WriteBehaviorChoice
                  name={name}
                  value={mapping.writeBehavior}
                  disabled={barrier !== null}
                  onChoose={(writeBehavior) => onChange(row.key, { writeBehavior })}
                />
              )}
              <RowState state={state} />
              <Button
                kind="quiet"
                small
                icon="trash"
                label={`Remove ${mapping.remoteField || 'the field'}`}
                disabledBecause={barrier}
                onPress={() => onRemove(row.key)}
              />
            </div>
            {problem && (
              <p className="wrong small" role="alert">
                {problem}
              </p>
            )}
            {mapping.remoteField && (
              <AnswerList
                qualifier={name}
                seen={seen}
                mapping={mapping}
                field={fields.find((field) => field.name === mapping.remoteField)}
                barrier={barrier}
                onChange={(values) => onChange(row.key, { values })}
              />
            )}
          </div>
        );
      })}
      {rows.length === 0 && seen.length > 0 && (
        <ul className="answer-chips" aria-label={`Answers of ${name}`}>
          {seen.map((answer) => (
            <li key={answer}>{answer}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function summaryOf(seen: readonly string[], rows: readonly Row[]): string {
  const answers = seen.length === 1 ? '1 answer' : `${seen.length} different answers`;
  return `${seen.length === 0 ? 'Not answered yet' : `${answers} from leads`}${rows.length === 0 ? ', goes nowhere' : ''}`;
}
