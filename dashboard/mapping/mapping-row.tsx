import { useEffect, useRef } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { FieldChoice } from './field-choice.tsx';
import type { Row } from './mapping-draft.ts';
import { problemOfMapping } from './mapping-problem.ts';
import type { Mapping, MappingSource, RemoteField } from './mapping-query.ts';
import { RowState } from './row-state.tsx';
import { SourceChoice } from './source-choice.tsx';
import { WriteBehaviorChoice } from './write-behavior.tsx';

interface MappingRowProps {
  row: Row;
  fields: readonly RemoteField[];
  sources: readonly MappingSource[];
  taken: ReadonlySet<string>;
  canWriteIfBlank: boolean;
  barrier: string | null;
  onChange(changes: Partial<Mapping>): void;
  onRemove(): void;
}

/** One line: our field, the vendor's, and what happens to what is there. It says whether it is saved, and what is wrong with it. */
export function MappingRow(props: MappingRowProps) {
  const { row, fields, sources, taken, canWriteIfBlank, barrier, onChange, onRemove } = props;
  const { mapping, state, wrong } = row;
  const name = mapping.source.replace(/^(qualifier|attribute):/, '') || 'new field';
  const problem = wrong ?? (state === 'saved' ? problemOfMapping(mapping, fields) : null);
  const line = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only as it comes
  useEffect(() => {
    if (state === 'new') line.current?.querySelector<HTMLElement>(mapping.source ? 'input' : 'select')?.focus();
  }, []);
  return (
    <li ref={line} className="mapping-row" data-state={state} aria-label={name}>
      <SourceChoice
        source={mapping.source}
        sources={sources}
        readOnly={barrier !== null}
        onChange={(source) => onChange({ source })}
      />
      <Icon name="arrow" />
      <FieldChoice
        label={`Field at the vendor for ${name}`}
        value={mapping.remoteField}
        fields={fields}
        taken={taken}
        readOnly={barrier !== null}
        wrong={problem !== null}
        onChoose={(remoteField) => onChange({ remoteField })}
      />
      {canWriteIfBlank ? (
        <WriteBehaviorChoice
          name={name}
          value={mapping.writeBehavior}
          disabled={barrier !== null}
          onChoose={(writeBehavior) => onChange({ writeBehavior })}
        />
      ) : (
        <span className="small muted wide-only">{fields.length > 0 && 'Overwrites'}</span>
      )}
      <RowState state={state} />
      <Button kind="quiet" small icon="trash" label={`Remove ${name}`} disabledBecause={barrier} onPress={onRemove} />
      {problem && (
        <p className="wrong small" role="alert">
          {problem}
        </p>
      )}
    </li>
  );
}
