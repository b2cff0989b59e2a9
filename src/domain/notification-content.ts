import type { ErrorCategory } from './error-categories.ts';

/** What a rule tells of. */
export const notificationTriggers = ['SYNC_ERRORS', 'AUTHORIZATION_LOST', 'FROZEN_AFTER_EVENT'] as const;
export type NotificationTrigger = (typeof notificationTriggers)[number];

export const notificationChannelKinds = ['WEBHOOK', 'EMAIL'] as const;
export type NotificationChannelKind = (typeof notificationChannelKinds)[number];

/** The ways in which an integration stops taking leads until somebody connects it again. */
export const connectionLosses = ['AUTHORIZATION_LOST', 'PERMISSION_LOST', 'ENDPOINT_GONE'] as const;
export type ConnectionLoss = (typeof connectionLosses)[number];

/** What one message tells: names and numbers, nothing of any lead. */
export interface NotificationContent {
  /** The rule's name. */
  rule: string;
  losses: LossNews[];
  failures: FailureNews[];
  frozen: FrozenNews[];
}

export interface LossNews {
  integration: string;
  loss: ConnectionLoss;
  url: string;
}

/** Of one integration and category, since the message before. */
export interface FailureNews {
  integration: string;
  category: ErrorCategory;
  /** New failures; a lead that failed twice counts twice. */
  failed: number;
  /** Leads that had failed so and are at the vendor now. */
  cleared: number;
  /** FAILED now, whenever they failed. */
  open: number;
  /** The tab that shows these leads. */
  url: string;
}

/** Leads that are held although their event has ended. */
export interface FrozenNews {
  integration: string;
  event: string;
  /** YYYY-MM-DD. */
  endedOn: string;
  frozen: number;
  url: string;
}

/** Whether there is anything that a person does not know yet. Only new failures count as news of failures. */
export function hasNews({ losses, failures, frozen }: NotificationContent): boolean {
  return losses.length > 0 || frozen.length > 0 || failures.some(({ failed }) => failed > 0);
}
