import { asc, inArray } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Db } from '../../db/client.ts';
import { listAuthorizations, listIntegrationFingerprints, listRetries } from '../../db/statements/live-state.ts';
import { doorbellChannel } from '../../db/statements/log.ts';
import { listOperations, type OperationId } from '../../db/statements/operations.ts';
import { type ReconciliationSnapshot, readReconciliations } from '../../db/statements/reconciliation.ts';
import { gates } from '../../db/tables/index.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { statusOfAuthorization } from '../authorizations.ts';
import type { BeatOptions } from './beat.ts';
import type { Doorbell } from './doorbell.ts';
import type { Feed, RetryRow } from './feed.ts';
import { LogTails } from './log-tail.ts';
import { StateFeed } from './state-feed.ts';

/** Counts and settings are told at most four times a second. */
const stateMs = 250;
/** How often logs and states are read without being rung for: as a safety net, and where notifications do not arrive. */
const pollMs = { listening: 1_000, deaf: 250 };

interface ReconciliationWatch {
  orgId: string;
  integrationId: string | null;
  eventId: string | null;
}

/** The feed of one process, rung by the doorbell. Close it before the database. */
export async function createFeed(db: Db, doorbell: Doorbell, log: Logger): Promise<Feed & { close(): void }> {
  const options: BeatOptions = {
    minMs: stateMs,
    pollMs: () => (doorbell.listening ? pollMs.listening : pollMs.deaf),
    onError: (error) =>
      log.error({ event: 'feed.unreadable', err: error }, 'the feed could not be read; the next beat tries again'),
  };
  const logs = new LogTails(db, options);
  const reconciliations = new StateFeed(
    (targets: readonly ReconciliationWatch[]) => readWatched(db, targets),
    options,
    deletedIntegration,
  );
  const integrations = new StateFeed(
    async (targets: readonly { orgId: string; integrationId: string | null }[]) => {
      const states = await listIntegrationFingerprints(db, [...new Set(targets.map((target) => target.orgId))]);
      return targets.map(({ orgId, integrationId }) =>
        states
          .filter((state) => state.orgId === orgId && (integrationId === null || state.integrationId === integrationId))
          .map((state) => ({ key: state.integrationId, fingerprint: state.fingerprint, value: state.integrationId })),
      );
    },
    options,
    deletedIntegration,
  );
  const retries = new StateFeed(
    async (targets: readonly { orgId: string; retryId: string }[]) => {
      const rows = await listRetries(db, targets);
      return targets.map(({ orgId, retryId }) =>
        rows
          .filter((row) => row.orgId === orgId && row.id === retryId)
          .map((row) => ({ key: row.id, fingerprint: progressOf(row), value: row })),
      );
    },
    options,
    () => new NotFoundError('retry'),
  );
  const signIns = new StateFeed(async (targets: readonly { orgId: string; authorizationId: string }[]) => {
    const rows = await listAuthorizations(
      db,
      targets.map((target) => target.authorizationId),
    );
    return targets.map(({ orgId, authorizationId }) =>
      rows
        .filter((row) => row.orgId === orgId && row.id === authorizationId)
        .map((row) => ({ key: row.id, fingerprint: statusOfAuthorization(row, new Date()), value: row })),
    );
  }, options);
  const operations = new StateFeed(
    async (targets: readonly OperationId[]) => {
      const rows = await listOperations(db, targets);
      return targets.map(({ orgId, operationId }) =>
        rows
          .filter((row) => row.orgId === orgId && row.id === operationId)
          .map((row) => ({
            key: row.id,
            fingerprint: JSON.stringify([row.status, row.progress, row.total, row.done]),
            value: row,
          })),
      );
    },
    options,
    () => new NotFoundError('operation'),
  );
  const parts = [logs, reconciliations, integrations, retries, signIns, operations];
  const ring = () => {
    for (const part of parts) part.ring();
  };
  await doorbell.on(doorbellChannel, ring);
  doorbell.onReconnect(ring);
  return {
    transitions: (options, ended) => logs.stream(options, ended),
    reconciliations: (target, ended) => reconciliations.stream(target, ended),
    integrations: (target, ended) => integrations.stream(target, ended),
    retry: (target, ended) => retries.stream(target, ended, (row) => row.status !== 'RUNNING'),
    authorization: (target, ended) =>
      signIns.stream(target, ended, (row) => statusOfAuthorization(row, new Date()) !== 'PENDING'),
    operation: (target, ended) => operations.stream(target, ended, (row) => row.status !== 'RUNNING'),
    close() {
      for (const part of parts) part.close();
    },
  };
}

/** A stream about one integration ends when that is deleted; one about all of them goes on without it. */
const deletedIntegration = ({ integrationId }: { integrationId: string | null }): Error | null =>
  integrationId === null ? null : new NotFoundError('integration');

const progressOf = (row: RetryRow): string =>
  [row.status, row.total, row.cleared, row.failed, row.skipped, row.releasing, row.step].join('/');

async function readWatched(db: Db, watches: readonly ReconciliationWatch[]) {
  const orgsOfAll = [...new Set(watches.filter((watch) => watch.integrationId === null).map((watch) => watch.orgId))];
  const all = await listIntegrations(db, orgsOfAll);
  const targetsOf = ({ orgId, integrationId, eventId }: ReconciliationWatch) =>
    integrationId === null
      ? all.filter((one) => one.orgId === orgId).map((one) => ({ integrationId: one.integrationId, eventId }))
      : [{ integrationId, eventId }];
  const snapshots = new Map<string, ReconciliationSnapshot>();
  for (const [orgId, ofOrg] of Map.groupBy(watches, (watch) => watch.orgId)) {
    const targets = new Map(ofOrg.flatMap(targetsOf).map((target) => [keyOf(target), target]));
    for (const snapshot of await readReconciliations(db, orgId, [...targets.values()])) {
      snapshots.set(`${orgId}/${keyOf(snapshot)}`, snapshot);
    }
  }
  return watches.map((watch) =>
    targetsOf(watch).flatMap((target) => {
      const snapshot = snapshots.get(`${watch.orgId}/${keyOf(target)}`);
      return snapshot ? [{ key: keyOf(target), fingerprint: fingerprintOf(snapshot), value: snapshot }] : [];
    }),
  );
}

const keyOf = (target: { integrationId: string; eventId: string | null }): string =>
  `${target.integrationId}/${target.eventId ?? ''}`;

/** Without the position: it moves also where no count does. */
function fingerprintOf({ position: _, ...rest }: ReconciliationSnapshot): string {
  return JSON.stringify(rest);
}

async function listIntegrations(db: Db, orgIds: readonly string[]) {
  if (orgIds.length === 0) return [];
  return db
    .select({ orgId: gates.orgId, integrationId: gates.integrationId })
    .from(gates)
    .where(inArray(gates.orgId, [...orgIds]))
    .orderBy(asc(gates.integrationId));
}
