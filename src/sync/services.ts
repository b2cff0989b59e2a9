import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { HttpClient } from './connectors/http/client.ts';
import type { Jobs } from './engine/jobs.ts';
import type { Vault } from './vault.ts';

/** What every use case works with; made once in main.ts. Time, ids and randomness come from here, so that a test can set them. */
export interface Services {
  db: Db;
  jobs: Jobs;
  vault: Vault;
  http: HttpClient;
  log: Logger;
  /** Wall clock. */
  now(): Date;
  /** A new UUID; ascending with time, so that new rows go to the end of an index. */
  newId(): string;
  /** In [0, 1). */
  random(): number;
}
