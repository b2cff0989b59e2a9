import type { EventRow } from '../db/statements/event-pages.ts';
import type { IntegrationView } from '../db/statements/integration-views.ts';
import type { AttemptRow } from '../db/statements/item-history.ts';
import type { ItemView } from '../db/statements/item-views.ts';
import type { LeadRow } from '../db/statements/leads.ts';
import type { NotificationRuleView } from '../db/statements/notification-rules.ts';
import type { OperationRow } from '../db/statements/operations.ts';
import type { ApiKeyView } from '../db/statements/organization-views.ts';
import type { ReconciliationSnapshot } from '../db/statements/reconciliation.ts';
import type { AuthorizationRow, RetryRow } from '../sync/live/feed.ts';
import { builder } from './builder.ts';
import type { ChangeRow, LoggedTransition } from './loaders.ts';

// The names that nouns know each other by: each is told what it is in its own file, so that they may refer to one another.

export const OrganizationRef = builder.objectRef<{ id: string; name: string }>('Organization');
export const ApiKeyRef = builder.objectRef<ApiKeyView>('ApiKey');
export const IntegrationRef = builder.objectRef<IntegrationView>('Integration');
export const EventRef = builder.objectRef<EventRow>('Event');
export const LeadRef = builder.objectRef<LeadRow>('Lead');
export const SyncItemRef = builder.objectRef<ItemView>('SyncItem');
export const RetryRef = builder.objectRef<RetryRow>('Retry');
export const NotificationRuleRef = builder.objectRef<NotificationRuleView>('NotificationRule');
export const ReconciliationRef = builder.objectRef<ReconciliationSnapshot>('Reconciliation');
export const LeadStatusTransitionRef = builder.objectRef<LoggedTransition>('LeadStatusTransition');
export const VerificationRef = builder.objectRef<OperationRow>('Verification');
export const BackfillRef = builder.objectRef<OperationRow>('Backfill');
export const AuthorizationRef = builder.objectRef<AuthorizationRow>('Authorization');
export const PushAttemptRef = builder.objectRef<AttemptRow>('PushAttempt');
export const IntegrationChangeRef = builder.objectRef<ChangeRow>('IntegrationChange');
