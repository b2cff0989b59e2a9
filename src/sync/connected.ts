import type { Vendor } from '../domain/vendors.ts';
import { sealCredentials } from './connection.ts';
import type { ConnectAnswer } from './connectors/connector.ts';
import type { SyncModeReceipt } from './gate.ts';
import type { Services } from './services.ts';
import type { Viewer } from './viewer.ts';

export interface Connect {
  /** Null: a new integration. */
  integrationId?: string | null | undefined;
  vendor: Vendor;
  name?: string | null | undefined;
  /** The input of that vendor, under its name in lower case. */
  credentials: Record<string, unknown>;
  expectedVersion?: number | null | undefined;
}

export interface Connected {
  integrationId: string;
  receipt: SyncModeReceipt;
  accountChanged: boolean;
  webhookSecret: string | null;
  /** Until when what was there before is still used beside it; null: it is not. */
  previousSecretUntil: Date | null;
}

/** Credentials that the vendor took. */
export type Accepted = Extract<ConnectAnswer<unknown>, { kind: 'connected' }>;

/** What is stored of them with their integration. */
export function connectionColumns(services: Services, viewer: Viewer, integrationId: string, accepted: Accepted) {
  return {
    accountId: accepted.accountId,
    accountName: accepted.accountName,
    ...sealCredentials(services, { orgId: viewer.orgId, id: integrationId }, accepted.credentials),
    connectedAt: services.now(),
    connectedBy: viewer.name,
    problem: null,
  };
}
