import { useState } from 'react';

const leadFields = [
  ['email', 'E-mail'],
  ['firstName', 'First name'],
  ['lastName', 'Last name'],
  ['company', 'Company'],
  ['jobTitle', 'Job title'],
  ['phone', 'Phone'],
] as const;

interface SourceChoiceProps {
  source: string;
  readOnly: boolean;
  onChange(source: string): void;
}

/** Where a value comes from: a field of every lead, or a qualifier or attribute by its name. */
export function SourceChoice({ source, readOnly, onChange }: SourceChoiceProps) {
  const [kind, name] = source.includes(':')
    ? [source.slice(0, source.indexOf(':')), source.slice(source.indexOf(':') + 1)]
    : [source, ''];
  const [typed, setTyped] = useState(name);
  const named = kind === 'qualifier' || kind === 'attribute';
  return (
    <div className="source-choice">
      <select
        className="input"
        aria-label="From"
        value={kind}
        disabled={readOnly}
        onChange={({ target }) =>
          onChange(
            target.value === 'qualifier' || target.value === 'attribute' ? `${target.value}:${typed}` : target.value,
          )
        }
      >
        {leadFields.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        <option value="qualifier">Qualifier</option>
        <option value="attribute">Attribute</option>
      </select>
      {named && (
        <input
          className="input"
          aria-label={`Name of the ${kind}`}
          placeholder={kind === 'qualifier' ? 'Lead Type' : 'Industry'}
          value={typed}
          readOnly={readOnly}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => typed.trim() !== name && onChange(`${kind}:${typed.trim()}`)}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      )}
    </div>
  );
}
