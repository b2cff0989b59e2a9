import { useState } from 'react';
import type { MappingSource } from './mapping-query.ts';

const leadFields = [
  ['email', 'E-mail'],
  ['firstName', 'First name'],
  ['lastName', 'Last name'],
  ['company', 'Company'],
  ['jobTitle', 'Job title'],
  ['phone', 'Phone'],
] as const;

interface SourceChoiceProps {
  /** As in FieldMapping; empty: not chosen yet. */
  source: string;
  /** What leads are known to carry. */
  sources: readonly MappingSource[];
  readOnly: boolean;
  onChange(source: string): void;
}

const prefix = 'attribute:';

/** Where a value comes from: a field of every lead, or an attribute that leads carry, or will. */
export function SourceChoice({ source, sources, readOnly, onChange }: SourceChoiceProps) {
  const attributes = sources.flatMap((known) =>
    known.source.startsWith(prefix) ? [known.source.slice(prefix.length)] : [],
  );
  const name = source.startsWith(prefix) ? source.slice(prefix.length) : null;
  const [typed, setTyped] = useState(name ?? '');
  const [typing, setTyping] = useState(name !== null && !attributes.includes(name));
  return (
    <div className="source-choice">
      <select
        className="input"
        aria-label="From"
        value={typing ? 'another' : source}
        disabled={readOnly}
        onChange={({ target: { value } }) => {
          setTyping(value === 'another');
          onChange(value === 'another' ? `${prefix}${typed.trim()}` : value);
        }}
      >
        {source === '' && <option value="">Choose …</option>}
        <optgroup label="Of every lead">
          {leadFields.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </optgroup>
        <optgroup label="Attributes">
          {attributes.map((attribute) => (
            <option key={attribute} value={`${prefix}${attribute}`}>
              {attribute}
            </option>
          ))}
          <option value="another">Another attribute …</option>
        </optgroup>
      </select>
      {typing && (
        <input
          className="input"
          aria-label="Name of the attribute"
          placeholder="Industry"
          value={typed}
          readOnly={readOnly}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => typed.trim() !== (name ?? '') && onChange(`${prefix}${typed.trim()}`)}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      )}
    </div>
  );
}
