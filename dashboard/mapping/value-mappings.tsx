import { useState } from 'react';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import type { Mapping } from './mapping-query.ts';

interface ValueMappingsProps {
  values: Mapping['values'];
  barrier: string | null;
  onChange(values: Mapping['values']): void;
}

/** The values of a qualifier and their options at the vendor. As soon as one is mapped, a value without one fails its lead. */
export function ValueMappings({ values, barrier, onChange }: ValueMappingsProps) {
  const [rows, setRows] = useState(() => values.map((value, key) => ({ key, ...value })));
  const set = (next: typeof rows) => {
    setRows(next);
    onChange(
      next
        .filter(({ value, remoteValue }) => value.trim() && remoteValue.trim())
        .map(({ value, remoteValue }) => ({ value, remoteValue })),
    );
  };
  const edit = (key: number, changes: Partial<Mapping['values'][number]>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...changes } : row)));
  return (
    <div className="stack tight">
      {rows.map((row) => (
        <div key={row.key} className="value-row">
          <input
            className="input"
            aria-label="Value of the qualifier"
            value={row.value}
            readOnly={barrier !== null}
            onChange={(event) => edit(row.key, { value: event.target.value })}
            onBlur={() => set(rows)}
          />
          <Icon name="arrow" />
          <input
            className="input"
            aria-label={`Option at the vendor for ${row.value || 'the value'}`}
            value={row.remoteValue}
            readOnly={barrier !== null}
            onChange={(event) => edit(row.key, { remoteValue: event.target.value })}
            onBlur={() => set(rows)}
          />
          <Button
            small
            kind="quiet"
            icon="trash"
            label={`Remove ${row.value || 'the value'}`}
            disabledBecause={barrier}
            onPress={() => set(rows.filter(({ key }) => key !== row.key))}
          />
        </div>
      ))}
      <Button
        small
        icon="plus"
        disabledBecause={barrier}
        onPress={() =>
          setRows([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, value: '', remoteValue: '' }])
        }
      >
        Map a value
      </Button>
    </div>
  );
}
