import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Vendor } from '../domain/vendors.ts';
import type { VendorHosts } from './connectors/connector.ts';
import type { HttpClient } from './connectors/http/client.ts';
import type { Jobs } from './engine/jobs.ts';
import type { Mailer } from './notifications/mailer.ts';
import type { Vault } from './vault.ts';

/** What every use case works with; made once in main.ts. Time, ids and randomness come from here, so that a test can set them. */
export interface Services {
  db: Db;
  jobs: Jobs;
  vault: Vault;
  http: HttpClient;
  /** Where vendors with fixed hosts are reached instead. */
  vendorUrls: Readonly<Partial<Record<Vendor, VendorHosts>>>;
  /** Null: this server sends no e-mail. */
  mailer: Mailer | null;
  log: Logger;
  /** Wall clock. */
  now(): Date;
  /** A new UUID; ascending with time, so that new rows go to the end of an index. */
  newId(): string;
  /** In [0, 1). */
  random(): number;
}

/** The hosts of one vendor. */
export const hostsOf = ({ vendorUrls }: Pick<Services, 'vendorUrls'>, vendor: Vendor): VendorHosts =>
  vendorUrls[vendor] ?? { authUrl: null, apiUrl: null };
