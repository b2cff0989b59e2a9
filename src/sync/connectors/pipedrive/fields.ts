import type { RemoteField } from '../../../domain/mapping.ts';
import type { PushRecord, Stopped } from '../connector.ts';
import type { PipedriveSession } from './api.ts';
import { describePersons } from './describe.ts';
import { standardTypes } from './field-names.ts';

const memoryKey = 'pipedrive.fields';

/** What the record's values have to be converted to, read from Pipedrive once a session where the engine does not know it. */
export async function knownFields(
  { values, fields }: PushRecord,
  session: PipedriveSession,
): Promise<{ kind: 'known'; fields: PushRecord['fields'] } | { kind: 'stopped'; answer: Stopped }> {
  const areKnown = Object.keys(values).every(
    (name) => fields.has(name) || (name in standardTypes && name !== 'label_ids'),
  );
  if (areKnown) return { kind: 'known', fields };
  const read = session.memory.get(memoryKey) as ReadonlyMap<string, RemoteField> | undefined;
  if (read) return { kind: 'known', fields: read };
  const answer = await describePersons(session);
  // Fields that can't be described go as text: what Pipedrive says of them tells more.
  if (answer.kind === 'stopped' && answer.answer.kind !== 'refused') return answer;
  const described = answer.kind === 'fields' ? answer.fields : [];
  const index = new Map(described.map((field) => [field.name, field]));
  session.memory.set(memoryKey, index);
  return { kind: 'known', fields: index };
}
