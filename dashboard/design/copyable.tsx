import { useId, useRef } from 'react';
import { Button } from './button.tsx';
import { toast } from './toasts.tsx';

interface CopyableProps {
  label: string;
  value: string;
  hint?: string;
  /** What is said once it is copied. */
  copied: string;
}

/** A text to be taken elsewhere: selected when it has the focus, copied by a button. */
export function Copyable({ label, value, hint, copied }: CopyableProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value); // not there on a page without TLS, and may be refused
      toast(copied);
    } catch {
      input.current?.focus();
      input.current?.select();
      toast('The browser does not let it be copied. It is selected: copy it by the keyboard.');
    }
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="copyable">
        <input
          id={id}
          ref={input}
          className="input"
          readOnly
          value={value}
          aria-describedby={hint && `${id}-hint`}
          onFocus={(event) => event.target.select()}
        />
        <Button icon="copy" onPress={() => void copy()}>
          Copy
        </Button>
      </div>
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
    </div>
  );
}
