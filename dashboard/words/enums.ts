/** Words for enum values; one that came after this was written reads as its name. */
const words: Record<string, string> = {
  MARKETO: 'Marketo',
  PARDOT: 'Account Engagement (Pardot)',
  ELOQUA: 'Eloqua',
  HUBSPOT: 'HubSpot',
  SALESFORCE: 'Salesforce',
  PIPEDRIVE: 'Pipedrive',
  ZOHO: 'Zoho CRM',
  WEBHOOK: 'Webhook',
  MARKETING_AUTOMATION: 'Marketing automation',
  CRM: 'CRM',
  NEEDS_AUTHORIZATION: 'Needs sign-in',
  PRE_SYNC: 'Pre-Sync',
  FLOWING: 'Flowing',
  HELD: 'Held',
  THROTTLED: 'Slowed by the vendor',
  QUOTA_EXHAUSTED: 'Quota used up',
  VENDOR_DOWN: 'Vendor does not answer',
  OVERWRITE: 'Overwrite',
  WRITE_IF_BLANK: 'Write if blank',
  NO_TAG_MAPPING: 'Qualifier value not mapped',
  NO_FIELD_MAPPING: 'Field not mapped',
  MISSING_MATCH_KEY: 'No e-mail to match by',
  DATA_VALUE_VALIDATION: 'Value refused',
  MISSING_REMOTE_FIELD: 'Field is gone',
  REQUIRED_REMOTE_FIELD: 'Required field missing',
  CONNECTION_PERMISSION: 'No permission',
  CAMPAIGN_NOT_FOUND: 'Campaign not found',
  REMOTE_RECORD_GONE: 'Record is gone',
  VENDOR_UNAVAILABLE: 'Vendor unavailable',
  WEBHOOK_REJECTED: 'Webhook rejected',
  UNKNOWN: 'Something unknown',
  MANUAL_MODE: 'Manual',
  NO_MAPPING: 'Nothing mapped',
};

export const wordsOf = (value: string): string => words[value] ?? sentenceCase(value);

const sentenceCase = (name: string): string => (name[0] ?? '') + name.slice(1).toLowerCase().replaceAll('_', ' ');

/** What a hold means, and what ends it. */
export const holdWords: Record<string, string> = {
  MANUAL_MODE: 'Manual: leads wait until somebody pushes them, or until the mode returns to Automatic.',
  DISABLED: 'Disabled: nothing is pushed, not even by hand. Enable it to go on.',
  DISCONNECTED: 'Disconnected: there are no credentials. Leads wait until somebody connects it again.',
  NEEDS_AUTHORIZATION: 'The vendor refused our sign-in. Leads wait until somebody connects it again; nothing is lost.',
  NO_PERMISSION: 'The account may not write what is mapped. Leads wait until it is connected again with one that may.',
  ENDPOINT_GONE: 'The receiver answered that the webhook is gone (410). Leads wait until it is connected again.',
  NO_MAPPING: 'No field is mapped yet. Leads wait until the Mapping tab says what goes where.',
};

/** Why leads go slower than we would like; they go on by themselves. */
export const flowWords: Record<string, string> = {
  THROTTLED: 'The vendor asked for a pause. Leads go on by themselves',
  QUOTA_EXHAUSTED: 'The daily quota at the vendor is used up. Leads go on by themselves',
  VENDOR_DOWN: 'The vendor does not answer. It is tried again, and no lead fails for it. Next try',
};

/** The tone of a status, connection or flow. */
const tones: Record<string, string> = {
  FROZEN: 'frozen',
  QUEUED: 'queued',
  SYNCING: 'syncing',
  FAILED: 'failed',
  CLEARED: 'cleared',
  CONNECTED: 'cleared',
  NEEDS_AUTHORIZATION: 'failed',
  FLOWING: 'cleared',
  HELD: 'frozen',
  THROTTLED: 'queued',
  QUOTA_EXHAUSTED: 'queued',
  VENDOR_DOWN: 'failed',
  MANUAL: 'frozen',
  AUTOMATIC: 'cleared',
  DISABLED: 'failed',
};
export const toneOf = (value: string): string => tones[value] ?? 'neutral';

export const causeWords: Record<string, string> = {
  CAPTURED: 'Captured',
  ENRICHED: 'Enriched',
  EDITED: 'Edited',
  CLAIMED: 'Push began',
  ANSWERED: 'The vendor answered',
  REFUSED_LOCALLY: 'Refused before any call',
  RELEASED: 'Pushed by hand',
  RETRIED: 'Retried',
  RETRY_CANCELED: 'Retry canceled',
  RECOVERED: 'Put back after a process died',
  WITHDRAWN: 'Taken off the list',
  RESTORED: 'Put back onto the list',
  MOVED: 'Moved to another event',
  BACKFILLED: 'Added from an earlier event',
  ERASED: 'The person was erased',
};
