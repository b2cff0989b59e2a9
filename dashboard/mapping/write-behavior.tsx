import { wordsOf } from '../words/enums.ts';
import type { Mapping } from './mapping-query.ts';

interface WriteBehaviorChoiceProps {
  name: string;
  value: Mapping['writeBehavior'];
  disabled: boolean;
  onChoose(value: Mapping['writeBehavior']): void;
}

/** What happens to what is at the vendor already. */
export function WriteBehaviorChoice({ name, value, disabled, onChoose }: WriteBehaviorChoiceProps) {
  return (
    <select
      className="input"
      aria-label={`Write behavior for ${name}`}
      value={value}
      disabled={disabled}
      onChange={(event) => onChoose(event.target.value as Mapping['writeBehavior'])}
    >
      {(['OVERWRITE', 'WRITE_IF_BLANK'] as const).map((behavior) => (
        <option key={behavior} value={behavior}>
          {wordsOf(behavior)}
        </option>
      ))}
    </select>
  );
}
