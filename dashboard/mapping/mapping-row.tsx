import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { wordsOf } from '../words/enums.ts';
import type { Row } from './mapping-draft.ts';
import type { Mapping } from './mapping-query.ts';
import { SourceChoice } from './source-choice.tsx';
import { ValueMappings } from './value-mappings.tsx';

interface MappingRowProps {
  row: Row;
  vendor: string;
  barrier: string | null;
  onChange(changes: Partial<Mapping>): void;
  onRemove(): void;
}

/** One line: our field, the vendor's, and what happens to what is there. It says whether it is saved. */
export function MappingRow({ row, vendor, barrier, onChange, onRemove }: MappingRowProps) {
  const { mapping, state, wrong } = row;
  const [remoteField, setRemoteField] = useState(mapping.remoteField);
  const [opened, setOpened] = useState(false);
  const isQualifier = mapping.source.startsWith('qualifier:');
  const name = mapping.source.replace(/^(qualifier|attribute):/, '') || 'new field';
  return (
    <li className="mapping-row" data-state={state}>
      <SourceChoice source={mapping.source} readOnly={barrier !== null} onChange={(source) => onChange({ source })} />
      <Icon name="arrow" />
      <input
        className="input"
        aria-label={`Field at the vendor for ${name}`}
        aria-invalid={wrong ? true : undefined}
        placeholder="Field at the vendor"
        value={remoteField}
        readOnly={barrier !== null}
        spellCheck={false}
        onChange={(event) => setRemoteField(event.target.value)}
        onBlur={() => remoteField.trim() !== mapping.remoteField && onChange({ remoteField: remoteField.trim() })}
        onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      />
      {vendor !== 'WEBHOOK' && (
        <select
          className="input"
          aria-label={`Write behavior for ${name}`}
          value={mapping.writeBehavior}
          disabled={barrier !== null}
          onChange={(event) => onChange({ writeBehavior: event.target.value as Mapping['writeBehavior'] })}
        >
          {(['OVERWRITE', 'WRITE_IF_BLANK'] as const).map((behavior) => (
            <option key={behavior} value={behavior}>
              {wordsOf(behavior)}
            </option>
          ))}
        </select>
      )}
      <span className="mapping-state small" role="status">
        {state === 'saving' && 'Saving …'}
        {state === 'saved' && (
          <>
            <Icon name="check" /> Saved
          </>
        )}
        {state === 'refused' && 'Not saved'}
        {state === 'new' && 'Not complete yet'}
      </span>
      <Button kind="quiet" small icon="trash" label={`Remove ${name}`} disabledBecause={barrier} onPress={onRemove} />
      {wrong && (
        <p className="wrong small" role="alert">
          {wrong}
        </p>
      )}
      {isQualifier && (
        <div className="mapping-values">
          <Button small kind="quiet" pressed={opened} onPress={() => setOpened(!opened)}>
            {mapping.values.length === 0 ? 'Values go as they are' : `${mapping.values.length} values mapped`}
          </Button>
          {opened && (
            <ValueMappings values={mapping.values} barrier={barrier} onChange={(values) => onChange({ values })} />
          )}
        </div>
      )}
    </li>
  );
}
