import { Icon } from '../design/icon.tsx';
import { toast } from '../design/toasts.tsx';

const choices = [
  { mode: 'AUTOMATIC', label: 'Automatic', words: 'A lead leaves as soon as it is enriched.' },
  { mode: 'MANUAL', label: 'Manual', words: 'Leads wait, frozen, until somebody pushes them.' },
] as const;

interface ModeChoiceProps {
  mode: string;
  disabledBecause: string | null;
  /** Asked for; nothing has changed yet. */
  onChoose(mode: 'AUTOMATIC' | 'MANUAL'): void;
}

/** The one control of the mode: what is set is seen, and what it means. */
export function ModeChoice({ mode, disabledBecause, onChoose }: ModeChoiceProps) {
  return (
    <fieldset className="mode-choice" aria-label="Sync mode">
      {choices.map((choice) => (
        <div key={choice.mode} className="mode-card" data-chosen={choice.mode === mode}>
          <button
            type="button"
            aria-describedby={`mode-${choice.mode}`}
            aria-pressed={choice.mode === mode}
            aria-disabled={disabledBecause ? true : undefined}
            title={disabledBecause ?? undefined}
            onClick={() => {
              if (disabledBecause) toast(disabledBecause);
              else if (choice.mode !== mode) onChoose(choice.mode);
            }}
          >
            {choice.label}
          </button>
          {choice.mode === mode && <Icon name="check" />}
          <span id={`mode-${choice.mode}`} className="small muted">
            {choice.words}
          </span>
        </div>
      ))}
    </fieldset>
  );
}
