import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './viewer.ts';
import './api-key.ts';
import './integration.ts';
import './integration-change.ts';
import './activity.ts';
import './sync-mode.ts';
import './sync-mode-changes.ts';
import './connect.ts';
import './authorization.ts';
import './mapping.ts';
import './campaign.ts';
import './remote-field.ts';
import './preview.ts';
import './event.ts';
import './lead.ts';
import './lead-changes.ts';
import './lead-move.ts';
import './lead-erasure.ts';
import './sync-item.ts';
import './transition.ts';
import './transition-streams.ts';
import './ramp.ts';
import './push-attempt.ts';
import './item-history.ts';
import './explanation.ts';
import './retry.ts';
import './retry-changes.ts';
import './retry-plan.ts';
import './withdrawal.ts';
import './notification-rule.ts';
import './notification-rule-changes.ts';
import './reconciliation.ts';
import './reconciliation-lists.ts';
import './export-url.ts';
import './backfill.ts';
import './backfill-changes.ts';
import './verification.ts';
import './verification-findings.ts';
import './verify.ts';
import './errors.ts';
import './node.ts';

/** The executable schema of the public API. Its resolvers expect a `Context`. */
export function createSchema(): GraphQLSchema {
  return builder.toSchema();
}
