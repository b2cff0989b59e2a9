import type { PushRecord, Stopped } from '../connector.ts';
import type { SalesforceSession } from './api.ts';
import { readFields } from './describe.ts';
import { isFieldName } from './query.ts';

/** An external id of the record, by which Salesforce writes or creates in one step. */
export interface ExternalKey {
  field: string;
  value: string;
  /** Numbers stand in queries without quotes. */
  isNumber: boolean;
}

export type KeysAnswer =
  | { kind: 'keys'; keyOf(record: PushRecord): ExternalKey | null }
  | { kind: 'stopped'; answer: Stopped };

interface KnownKeys {
  readAt: number;
  /** Name to whether it is of numbers. */
  fields: ReadonlyMap<string, boolean>;
}

const staleMs = 60 * 60_000;
const memoryKey = 'salesforce.keys';
const noKeys: KeysAnswer = { kind: 'keys', keyOf: () => null };

/**
 * Which of the mapped fields is a unique external id of Salesforce: the first of them is the record's key. Only custom fields can be one, so that
 * nothing is asked where none is mapped; what Salesforce said is good for an hour.
 */
export async function externalKeys(records: readonly PushRecord[], session: SalesforceSession): Promise<KeysAnswer> {
  if (!records.some(({ values }) => Object.keys(values).some(isCustom))) return noKeys;
  let known = session.memory.get(memoryKey) as KnownKeys | undefined;
  if (!known || session.now() - known.readAt > staleMs) {
    const answer = await readFields(session);
    if (answer.kind === 'stopped') return answer.answer.kind === 'refused' ? noKeys : answer;
    const unique = answer.fields.filter(
      ({ name, externalId, idLookup, unique, createable }) =>
        unique === true && (externalId === true || idLookup === true) && createable !== false && isFieldName(name),
    );
    known = { readAt: session.now(), fields: new Map(unique.map(({ name, type }) => [name, isNumberType(type)])) };
    session.memory.set(memoryKey, known);
  }
  const { fields } = known;
  return {
    kind: 'keys',
    keyOf({ values }) {
      for (const [field, value] of Object.entries(values)) {
        const isNumber = fields.get(field);
        if (isNumber !== undefined && (!isNumber || isNumberText(value))) return { field, value, isNumber };
      }
      return null;
    },
  };
}

const isCustom = (field: string): boolean => field.endsWith('__c');
const isNumberType = (type: string | null | undefined): boolean => /^(int|double|currency|percent)$/.test(type ?? '');
const isNumberText = (value: string): boolean => /^-?\d+(\.\d+)?$/.test(value.trim());
