import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { sentence } from '../words/sentence.ts';
import type { MappedIntegration, RemoteField } from './mapping-query.ts';

interface MissingFieldsProps {
  warnings: MappedIntegration['mappingWarnings'];
  fields: readonly RemoteField[];
  barrier: string | null;
  onMap(remoteField: string): void;
}

/** Fields at the vendor to which something has to be mapped before leads can be pushed. */
export function MissingFields({ warnings, fields, barrier, onMap }: MissingFieldsProps) {
  if (warnings.length === 0) return null;
  return (
    <ul className="missing-fields" aria-label="Fields that are missing">
      {warnings.map(({ remoteField, message }) => (
        <li key={remoteField} className="tone-failed">
          <Icon name="alert" />
          <p>
            <strong>{fields.find(({ name }) => name === remoteField)?.label ?? remoteField}</strong>
            <span className="small">{sentence(message)}</span>
          </p>
          <Button small disabledBecause={barrier} onPress={() => onMap(remoteField)}>
            {`Map ${remoteField}`}
          </Button>
        </li>
      ))}
    </ul>
  );
}
