import { type ChangeEvent, useId } from 'react';

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: string | undefined;
  /** What is wrong with it, below it. */
  wrong?: string | undefined;
  type?: 'text' | 'password' | 'url' | 'email' | 'tel';
  required?: boolean;
  readOnly?: boolean;
  placeholder?: string;
  long?: boolean;
}

/** A label, a line to type in, and what is expected there. */
export function Field({
  label,
  value,
  onChange,
  hint,
  wrong,
  type = 'text',
  required,
  readOnly,
  placeholder,
  long,
}: FieldProps) {
  const id = useId();
  const about = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ') || undefined;
  const common = {
    id,
    className: 'input',
    value,
    required,
    readOnly,
    placeholder,
    'aria-describedby': about,
    'aria-invalid': wrong ? true : undefined,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange(event.target.value),
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {long ? (
        <textarea rows={3} {...common} />
      ) : (
        <input type={type} autoComplete="off" spellCheck={type === 'text' ? undefined : false} {...common} />
      )}
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
      {wrong && (
        <span id={`${id}-wrong`} className="wrong" role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}
