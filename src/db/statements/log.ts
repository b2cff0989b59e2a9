import { sql } from 'drizzle-orm';
import type { Tx } from '../client.ts';

/** The channel that says "something was committed, read again". Empty: it is a doorbell, not a letter. */
export const doorbellChannel = 'sluice';
/** The channel that says which integration has something to push. */
export const workChannel = 'sluice_work';
/** The channel that says of which integration a retry can go on: `<organization>/<integration>`. The last outcome of a ramp's step rings by itself. */
export const retriesChannel = 'sluice_retries';

/** Tells every process, at commit, that an integration's setting changed. Changes of leads ring by themselves, from the trigger. */
export async function ringDoorbell(tx: Tx, integrationId: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${doorbellChannel}, ''), pg_notify(${workChannel}, ${integrationId})`);
}

/** Tells every process, at commit, that something changed that belongs to no integration. */
export async function ringDoorbellForAll(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_notify(${doorbellChannel}, '')`);
}

/** Tells every worker, at commit, that what held the retries of an integration has ended. */
export async function ringRetries(tx: Tx, orgId: string, integrationId: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${retriesChannel}, ${`${orgId}/${integrationId}`})`);
}
