import { useState } from 'react';
import { SearchChoice } from '../design/search-choice.tsx';
import type { RemoteField } from './mapping-query.ts';

interface FieldChoiceProps {
  label: string;
  /** The vendor's field by its name; empty: none yet. */
  value: string;
  /** The vendor's; empty: it has none to tell, so any name is taken. */
  fields: readonly RemoteField[];
  /** Fields that have a source already. */
  taken: ReadonlySet<string>;
  readOnly: boolean;
  wrong: boolean;
  onChoose(name: string): void;
}

const shownMax = 60;

/** A field at the vendor: found by its label or its name, or typed in where the vendor tells none. */
export function FieldChoice({ label, value, fields, taken, readOnly, wrong, onChoose }: FieldChoiceProps) {
  const [search, setSearch] = useState('');
  if (fields.length === 0) return <FieldName {...{ label, value, readOnly, wrong, onChoose }} />;
  const part = search.toLowerCase();
  const found = fields
    .filter((field) => !field.readOnly && `${field.label}\n${field.name}`.toLowerCase().includes(part))
    .slice(0, shownMax);
  return (
    <SearchChoice
      label={label}
      value={value || null}
      shown={fields.find(({ name }) => name === value)?.label ?? value}
      options={found.map((field) => ({
        id: field.name,
        name: field.label,
        about: [
          field.name,
          field.required && 'required',
          field.name !== value && taken.has(field.name) && 'has a source',
        ]
          .filter(Boolean)
          .join(' · '),
        note: field.options ? 'picklist' : field.type.toLowerCase(),
        disabled: field.name !== value && taken.has(field.name),
      }))}
      onSearch={setSearch}
      onChoose={onChoose}
      placeholder="Field at the vendor"
      noneWords="No field that can be written has that in its name."
      readOnly={readOnly}
      wrong={wrong}
    />
  );
}

function FieldName({ label, value, readOnly, wrong, onChoose }: Omit<FieldChoiceProps, 'fields' | 'taken'>) {
  const [typed, setTyped] = useState(value);
  return (
    <input
      className="input"
      aria-label={label}
      aria-invalid={wrong || undefined}
      placeholder="Field at the vendor"
      value={typed}
      readOnly={readOnly}
      spellCheck={false}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={() => typed.trim() !== value && onChoose(typed.trim())}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}
