import type { ErrorCategory } from '../domain/error-categories.ts';
import type { ConnectionStatus, HoldReason, SyncMode } from '../domain/gate.ts';
import type { ReconciliationGroup, SyncStatus } from '../domain/lifecycle.ts';
import type { WriteBehavior } from '../domain/mapping.ts';
import type { Role } from '../domain/roles.ts';
import {
  aboutVendor,
  categoryOfVendor,
  type IntegrationCategory,
  nameOfVendor,
  type Vendor,
  vendors,
} from '../domain/vendors.ts';
import { enumType } from './builder.ts';

// Enums that more than one noun uses. Clients must tolerate values that come later.

export const RoleType = enumType<Role>('Role', 'What a key may do. Each role may do what the ones before it may.', {
  VIEWER: 'Reads everything but keys and notification rules, and subscribes.',
  OPERATOR:
    'Also creates events, captures and edits leads, retries, withdraws and restores, switches the mode, disables and enables.',
  ADMIN: 'Also connects, disconnects, maps, renames, deletes, erases persons, and manages keys and notification rules.',
});

export const VendorType = enumType<Vendor>('Vendor', 'The tools that leads can be pushed to.', aboutVendor);

const namesIn = (category: IntegrationCategory): string =>
  vendors
    .filter((vendor) => categoryOfVendor[vendor] === category)
    .map((vendor) => nameOfVendor[vendor])
    .join(', ');

export const IntegrationCategoryType = enumType<IntegrationCategory>(
  'IntegrationCategory',
  'The kind of tool, for grouping integrations. An organization may have several of each.',
  {
    MARKETING_AUTOMATION: `${namesIn('MARKETING_AUTOMATION')}.`,
    CRM: `${namesIn('CRM')}.`,
    WEBHOOK: 'Endpoints of your own.',
  },
);

export const SyncModeType = enumType<SyncMode>('SyncMode', 'Whether leads leave by themselves.', {
  AUTOMATIC: 'The default: a lead is pushed as soon as it is enriched.',
  MANUAL:
    'Leads wait in Pre-Sync as FROZEN until somebody pushes them, or until the mode returns to AUTOMATIC, which pushes all of them.',
});

export const ConnectionStatusType = enumType<ConnectionStatus>(
  'ConnectionStatus',
  'Whether there is a usable connection to the vendor.',
  {
    CONNECTED: 'Credentials are stored, and the vendor took them when last used.',
    NEEDS_AUTHORIZATION:
      'The vendor refused our credentials. Everything is held and nothing is lost; it goes on by itself once somebody connects again.',
    DISCONNECTED: 'No credentials are stored. Mappings, history and the work list are kept.',
  },
);

export const HoldReasonType = enumType<HoldReason>(
  'HoldReason',
  'Why leads of an integration are held. Several may hold at once, and all must end before leads flow.',
  {
    MANUAL_MODE: 'The mode is MANUAL. Ends with AUTOMATIC; a push by hand passes it.',
    DISABLED: 'Somebody disabled the integration. Ends with `enable`; nothing passes it.',
    DISCONNECTED: 'There are no credentials. Ends with `connect`.',
    NEEDS_AUTHORIZATION: 'The vendor refused the credentials. Ends with `connect`.',
    NO_PERMISSION: 'The account may not write the mapped objects at the vendor. Ends with `connect`.',
    ENDPOINT_GONE: "The webhook's receiver answered 410 Gone. Ends with `connect`.",
    NO_MAPPING:
      'Nothing is mapped. Ends with `setFieldMappings`. Never holds a webhook, which sends the whole lead when nothing is mapped.',
  },
);

export const ReconciliationGroupType = enumType<ReconciliationGroup>(
  'ReconciliationGroup',
  'The three lists of the Reconciliation tab.',
  {
    PRE_SYNC: 'Not at the vendor yet: FROZEN, QUEUED or SYNCING.',
    FAILED: 'Refused. Waits for somebody to fix the cause and retry.',
    CLEARED: 'At the vendor.',
  },
);

export const SyncStatusType = enumType<SyncStatus>('SyncStatus', 'Where a lead is on its way to an integration.', {
  FROZEN:
    'Pre-Sync, held: see `SyncItem.holds`. Follows from the setting, so many leads can turn FROZEN or QUEUED at once.',
  QUEUED: "Pre-Sync: pushed as soon as the vendor's limits allow; after a transient error not before `nextAttemptAt`.",
  SYNCING: 'Pre-Sync: handed to the vendor and not answered yet. Finishes, whatever is switched meanwhile.',
  FAILED: 'The vendor or the mapping refused it. Stays until somebody retries, also when the lead is edited.',
  CLEARED: 'At the vendor, as of `SyncItem.syncedRevision`.',
  WITHDRAWN: 'Taken off the work list by somebody: in no group and in no count.',
});

export const ErrorCategoryType = enumType<ErrorCategory>(
  'ErrorCategory',
  'What kind of refusal it is. Each has one kind of fix; `helpUrl` leads to it.',
  {
    AUTHENTICATION: 'The vendor did not accept our sign-in.',
    CONNECTION_PERMISSION: 'We can sign in, but the account may not write what is mapped.',
    NO_FIELD_MAPPING: 'A field that the push needs is not mapped.',
    NO_TAG_MAPPING: "A qualifier's value has no counterpart at the vendor.",
    MISSING_REMOTE_FIELD: 'A mapped field is not there any more, or can not be seen or written.',
    REQUIRED_REMOTE_FIELD: 'The vendor requires a field that was not sent.',
    DATA_VALUE_VALIDATION: 'The vendor does not take a value.',
    MISSING_MATCH_KEY: 'The lead lacks the value by which the vendor recognizes people, usually the e-mail address.',
    DUPLICATE: 'Several records at the vendor match, or a duplicate rule blocks it.',
    REMOTE_RECORD_GONE: 'The record it was synced to is not there any more.',
    CAMPAIGN_NOT_FOUND: 'The campaign, program or list, or the member status, does not exist at the vendor.',
    RATE_LIMITED: 'The vendor asked us to slow down. Goes on by itself.',
    QUOTA_EXCEEDED: "The account's quota at the vendor is used up. Goes on when it resets.",
    VENDOR_UNAVAILABLE: 'The vendor could not be reached, or said that it is out of order, more often than we try.',
    TIMEOUT: 'The vendor did not answer in time, more often than we try.',
    WEBHOOK_REJECTED: 'The receiver of the webhook refused the delivery.',
    UNKNOWN: 'The vendor said something that we do not know: read its own words.',
  },
);

export const WriteBehaviorType = enumType<WriteBehavior>(
  'WriteBehavior',
  "What happens to what is in the vendor's field already.",
  {
    OVERWRITE: 'Replaced. Empty values are never written, so nothing is erased.',
    WRITE_IF_BLANK: "Kept; written only where the vendor's field is blank. Refused for vendors that do not tell.",
  },
);
