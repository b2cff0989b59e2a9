import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import type { introspection } from './graphql-env.d.ts';

const keyless = () => null;

/** What has no id belongs to the object that it was read from. */
const keys: KeyingConfig = Object.fromEntries(
  [
    'Viewer',
    'ConnectionState',
    'Flow',
    'ActivityPoint',
    'ReconciliationCounts',
    'ErrorGroup',
    'EventReconciliation',
    'FieldMapping',
    'ValueMapping',
    'RemoteField',
    'QualifierAnswer',
    'LeadAttribute',
    'SyncError',
    'SyncModeReceipt',
    'RetryPlan',
    'PushPreview',
    'FieldChange',
    'ErrorField',
    'RefusedValue',
    'PushExchange',
    'RetryRamp',
    'DailyQuota',
    'FieldError',
    'MappingSource',
    'Campaign', // its id is the vendor's own, and of one account
    'EventCampaign',
    'NotificationChannel',
    'VerifiedIntegration',
    'VerifiedBalance',
    'ReadBack',
    'VerificationFinding',
    'CampaignMembership',
  ].map((name) => [name, keyless]),
);

/** Every type that `... on Error` selects of. The store can not know them by itself, and would leave the message out of some results. */
const errors: Record<introspection['types']['Error']['possibleTypes'], true> = {
  AccountInUseError: true,
  ConfirmationRequiredError: true,
  DeliveryFailedError: true,
  ForbiddenError: true,
  IntegrationHeldError: true,
  NotFoundError: true,
  StaleVersionError: true,
  ValidationError: true,
  VendorUnavailableError: true,
};

/**
 * One normalized store: what a subscription brings is seen wherever it is shown. Setting, counts, error groups and progress come this way; the rows
 * of the work list do not, see reconciliation/work-list.ts.
 */
export const cache = () =>
  cacheExchange({
    keys,
    possibleTypes: { Error: Object.keys(errors) },
    updates: {
      Mutation: {
        verify: (_result, _args, store) => store.invalidate('Query', 'verifications'),
        deleteIntegration: (_result, _args, store) => store.invalidate('Query', 'integrations'),
        createApiKey: (_result, _args, store) => store.invalidate('Query', 'apiKeys'),
        createNotificationRule: (_result, _args, store) => store.invalidate('Query', 'notificationRules'),
        deleteNotificationRule: (_result, _args, store) => store.invalidate('Query', 'notificationRules'),
      },
      Subscription: {
        // One that was connected elsewhere joins the list.
        integrationChanged: ({ integrationChanged }, _args, store) => {
          const key = store.keyOfEntity(integrationChanged as { __typename: string; id: string });
          const known = store.resolve('Query', 'integrations') as (string | null)[] | undefined;
          if (key && known && !known.includes(key)) store.invalidate('Query', 'integrations');
        },
      },
    },
  });
