/** What can go wrong with a push. Each has one kind of fix, and a section of the same name in docs/errors.md. */
export const errorCategories = [
  'AUTHENTICATION',
  'CONNECTION_PERMISSION',
  'NO_FIELD_MAPPING',
  'NO_TAG_MAPPING',
  'MISSING_REMOTE_FIELD',
  'REQUIRED_REMOTE_FIELD',
  'DATA_VALUE_VALIDATION',
  'MISSING_MATCH_KEY',
  'DUPLICATE',
  'REMOTE_RECORD_GONE',
  'CAMPAIGN_NOT_FOUND',
  'RATE_LIMITED',
  'QUOTA_EXCEEDED',
  'VENDOR_UNAVAILABLE',
  'TIMEOUT',
  'WEBHOOK_REJECTED',
  'UNKNOWN',
] as const;
export type ErrorCategory = (typeof errorCategories)[number];

/** One refusal, as stored with the item and shown to people. No secret and nothing of the request in it. */
export interface SyncErrorData {
  category: ErrorCategory;
  /** Plain words for an administrator. */
  message: string;
  /** The vendor's own code and words, secrets removed, at most 1,000 characters. */
  vendorCode: string | null;
  vendorMessage: string | null;
  /** The field concerned, as the vendor names it. */
  remoteField: string | null;
}

interface CategoryWords {
  description: string;
  fix: string;
}

export const wordsOfCategory: Record<ErrorCategory, CategoryWords> = {
  AUTHENTICATION: {
    description: 'The vendor did not accept our sign-in.',
    fix: 'Connect the integration again with valid credentials; what was held goes on by itself.',
  },
  CONNECTION_PERMISSION: {
    description: 'We can sign in, but the account may not write what is mapped.',
    fix: 'Give the connecting account write access at the vendor, or connect another account, then retry.',
  },
  NO_FIELD_MAPPING: {
    description: 'A field that the push needs is not mapped.',
    fix: 'Map the field on the Mapping tab, then retry.',
  },
  NO_TAG_MAPPING: {
    description: 'A qualifier value of the lead has no counterpart at the vendor.',
    fix: 'Map the value to an option of the remote field, add the option at the vendor, or map the qualifier to a text field, then retry.',
  },
  MISSING_REMOTE_FIELD: {
    description: 'A mapped field does not exist at the vendor any more, or the account may not see it.',
    fix: 'Map to a field that exists, or restore it at the vendor, then retry.',
  },
  REQUIRED_REMOTE_FIELD: {
    description: 'The vendor requires a field that we did not send.',
    fix: 'Map the required field, or fill it on the lead, then retry.',
  },
  DATA_VALUE_VALIDATION: {
    description: 'The vendor does not take a value: its type, length, format or a rule of its own.',
    fix: 'Correct the value on the lead, or map it to a field that takes it, then retry.',
  },
  MISSING_MATCH_KEY: {
    description:
      'The lead has no value for the field by which the vendor recognizes people, usually the e-mail address.',
    fix: 'Add the e-mail address to the lead, then retry.',
  },
  DUPLICATE: {
    description: 'More than one record at the vendor matches, or a duplicate rule blocks the lead.',
    fix: 'Merge the records at the vendor, then retry.',
  },
  REMOTE_RECORD_GONE: {
    description: 'The record that this lead was synced to is not there any more.',
    fix: 'Retry: the lead is matched again or created anew.',
  },
  CAMPAIGN_NOT_FOUND: {
    description: 'The campaign, program or list, or the member status, does not exist at the vendor.',
    fix: 'Choose an existing campaign and status for the event, then retry.',
  },
  RATE_LIMITED: {
    description: 'The vendor asked us to slow down.',
    fix: 'Nothing: the lead goes on by itself.',
  },
  QUOTA_EXCEEDED: {
    description: 'The daily quota of the account at the vendor is used up.',
    fix: 'Nothing: the lead goes on when the quota resets. A larger quota can be bought from the vendor.',
  },
  VENDOR_UNAVAILABLE: {
    description: 'The vendor could not be reached, or answered that it is out of order, more often than we try.',
    fix: 'Check the status page of the vendor, then retry.',
  },
  TIMEOUT: {
    description: 'The vendor did not answer in time, more often than we try.',
    fix: 'Retry; if it happens again, check the status page of the vendor.',
  },
  WEBHOOK_REJECTED: {
    description: 'The receiver of the webhook refused the delivery.',
    fix: 'Look into the log of the receiver for the delivery with this webhook-id, mend it there, then retry.',
  },
  UNKNOWN: {
    description: 'The vendor answered something that we do not know.',
    fix: 'Read the words of the vendor; if they do not help, ask support and name the code.',
  },
};
