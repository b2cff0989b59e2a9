import type { SyncErrorData } from '../../../domain/error-categories.ts';
import { type PushRecord, syncError } from '../connector.ts';
import { convert } from './convert.ts';

/** No lead is sent with it: it only stands for the currency of the account where that is not known yet. */
const anyCurrency = 'EUR';

/** What Pipedrive would not take of the record, as far as its fields are known; null: nothing. */
export function problemOf(record: PushRecord, currency: string | null = anyCurrency): SyncErrorData | null {
  const email = record.values.emails?.trim();
  if (!email || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    const expected = 'Pipedrive takes e-mail addresses such as name@example.com.';
    return syncError('DATA_VALUE_VALIDATION', expected, { field: 'emails' });
  }
  for (const [field, text] of Object.entries(record.values)) {
    const converted = convert(field, text, record.fields.get(field), currency);
    if (converted.kind === 'value') continue;
    const message = `Pipedrive expects ${converted.expected}, in the field ${record.fields.get(field)?.label ?? field}.`;
    return syncError('DATA_VALUE_VALIDATION', message, { field });
  }
  return null;
}
