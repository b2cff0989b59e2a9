import type { ErrorCategory, SyncErrorData } from './error-categories.ts';
import type { RemoteField } from './mapping.ts';

/**
 * Whether the vendor refuses the same again: its cause is in what we send, so that nobody but us can mend it. The others can be mended at the
 * vendor, or pass by themselves, and what was refused may pass next time.
 */
const refusedAgain: Record<ErrorCategory, boolean> = {
  NO_FIELD_MAPPING: true,
  NO_TAG_MAPPING: true,
  MISSING_REMOTE_FIELD: true,
  REQUIRED_REMOTE_FIELD: true,
  DATA_VALUE_VALIDATION: true,
  MISSING_MATCH_KEY: true,
  AUTHENTICATION: false,
  CONNECTION_PERMISSION: false,
  DUPLICATE: false,
  REMOTE_RECORD_GONE: false,
  CAMPAIGN_NOT_FOUND: false,
  RATE_LIMITED: false,
  QUOTA_EXCEEDED: false,
  VENDOR_UNAVAILABLE: false,
  TIMEOUT: false,
  WEBHOOK_REJECTED: false,
  UNKNOWN: false,
};

/** What a record says to the vendor. */
export interface SentRecord {
  values: Readonly<Record<string, string>>;
  writeIfBlank: readonly string[];
  /** Null: none. */
  campaign: unknown;
  /** What is sent instead of values where nothing is mapped; null: something is. */
  unmapped: unknown;
}

/**
 * What the refusal was about, as text that is the same again exactly when the vendor would be asked the same again: of a refusal that names a field
 * the value for it and what the vendor's description says of it, otherwise the whole record. Null: refused for a reason that may have passed.
 * `account` tells one account at the vendor from another.
 */
export function refusedPart(
  error: SyncErrorData,
  record: SentRecord,
  fields: readonly RemoteField[],
  account: number,
): string | null {
  if (!refusedAgain[error.category]) return null;
  const { values, writeIfBlank, campaign, unmapped } = record;
  const name =
    error.remoteField === null
      ? null
      : spelled(error.remoteField, [...Object.keys(values), ...fields.map((field) => field.name)]);
  if (name !== null) {
    // A field that does not exist is refused whatever is in it.
    const value = error.category === 'MISSING_REMOTE_FIELD' ? name in values : (values[name] ?? null);
    return JSON.stringify([account, error.category, name, value, describedAs(name, fields)]);
  }
  const names = Object.keys(values).sort();
  const told = names.map((each) => [each, values[each], writeIfBlank.includes(each), describedAs(each, fields)]);
  return JSON.stringify([account, error.category, told, campaign, unmapped]);
}

/** The name of the field that is meant: vendors are not particular about capitals. Null: none that we send or know. */
function spelled(name: string, known: readonly string[]): string | null {
  return known.find((one) => one === name) ?? known.find((one) => one.toLowerCase() === name.toLowerCase()) ?? null;
}

/** What may make the vendor take what it refused before; null: it does not say. */
function describedAs(name: string, fields: readonly RemoteField[]): unknown {
  const field = fields.find((one) => one.name === name);
  return field ? [field.type, field.required, field.readOnly, field.maxLength, field.options] : null;
}
