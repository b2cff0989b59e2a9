import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { type Database, openDatabase, type SqlClient } from '../../src/db/client.ts';
import { renewLogEpoch } from '../../src/db/log-epoch.ts';
import { organizations } from '../../src/db/tables/index.ts';
import { createLogger } from '../../src/logger.ts';
import { connect } from '../../src/sync/connect.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import { createEvent } from '../../src/sync/create-event.ts';
import { JobQueue } from '../../src/sync/engine/jobs.ts';
import { startEngine } from '../../src/sync/engine/start.ts';
import { Doorbell } from '../../src/sync/live/doorbell.ts';
import { createOrganization } from '../../src/sync/organizations.ts';
import type { Services } from '../../src/sync/services.ts';
import { createVault } from '../../src/sync/vault.ts';
import type { Viewer } from '../../src/sync/viewer.ts';

/** The core without HTTP: use cases on a database, and the engine where it is wanted. */
export interface BenchSluice {
  services: Services;
  viewer: Viewer;
  sql: SqlClient;
  /** Begins to push what may leave. */
  startEngine(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the parts together as the program does. What is logged is written, but nobody sees it. */
export async function openSluice(url: string, vendorUrls: Services['vendorUrls'] = {}): Promise<BenchSluice> {
  const cleanup = new AsyncDisposableStack();
  const database: Database = openDatabase(url, { name: 'bench', connectionsMax: 16, statementTimeoutMs: 0 });
  cleanup.defer(() => database.close());
  await renewLogEpoch(database.db);
  const log = createLogger({ level: 'info', destination: createWriteStream('/dev/null') });
  const queue = new JobQueue(url, (error) => console.error('the job queue had an error:', error));
  await queue.start();
  cleanup.defer(() => queue.stop(1_000));
  const http = createHttpClient({ allowPrivateNetworks: true });
  cleanup.defer(() => http.close());
  const services: Services = {
    db: database.db,
    jobs: queue,
    vault: createVault([{ id: 'bench', key: randomBytes(32) }]),
    http,
    vendorUrls,
    mailer: null,
    log,
    now: () => new Date(),
    newId: () => uuidv7(),
    random: Math.random,
  };
  const [known] = await services.db.select({ id: organizations.id }).from(organizations);
  const orgId = known?.id ?? (await createOrganization(services, 'Bench'));
  return {
    services,
    viewer: { orgId, role: 'ADMIN', name: 'bench', keyId: null },
    sql: database.sql,
    async startEngine() {
      const doorbell = new Doorbell(openDatabase(url, { name: 'bench doorbell', connectionsMax: 1 }), log);
      cleanup.defer(() => doorbell.close());
      await doorbell.prove();
      const engine = await startEngine({
        services,
        queue,
        doorbell,
        logRetentionDays: 90,
        attemptRetentionDays: 30,
        publicUrl: () => 'http://127.0.0.1',
      });
      cleanup.defer(() => engine.stop(5_000));
    },
    stop: () => cleanup.disposeAsync(),
  };
}

/** An integration with a webhook: works without a mapping, and nothing is called before a lead leaves. */
export async function connectWebhook(sluice: BenchSluice, url: string, secret?: string): Promise<string> {
  const { services, viewer } = sluice;
  const credentials = { webhook: { url, ...(secret && { secret }) } };
  return (await connect(services, viewer, { vendor: 'WEBHOOK', credentials })).integrationId;
}

/** Events in the order of their creation. */
export async function createEvents({ services, viewer }: BenchSluice, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 1; number <= count; number++)
    ids.push(await createEvent(services, viewer, { name: `Show ${number}` }));
  return ids;
}
