import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from './client.ts';
import { rowOf } from './rows.ts';

/**
 * Starts a new history of the logs when the database is not the one it was: restored from a dump, or promoted from a standby, so that
 * positions may be given out a second time. Cursors of the old history are then expired. Call it when a process starts and whenever the
 * database was gone for a while. Where the server does not say which it is, histories are told apart by nothing but the dump's own epoch.
 */
export async function renewLogEpoch(db: Db): Promise<void> {
  const fingerprint = await readFingerprint(db);
  const epoch = randomBytes(6).toString('base64url').replace(/[-_]/g, 'x');
  await db.execute(sql`
    insert into log_epochs as e (one, epoch, fingerprint) values (true, ${epoch}, ${fingerprint})
    on conflict (one) do update set epoch = excluded.epoch, fingerprint = excluded.fingerprint
    where e.fingerprint <> excluded.fingerprint`);
}

async function readFingerprint(db: Db): Promise<string> {
  try {
    const row = await rowOf(
      z.object({ fingerprint: z.string() }),
      db.execute(sql`
        select s.system_identifier || '/' || c.timeline_id || '/' || d.oid as fingerprint
        from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()`),
    );
    return row?.fingerprint ?? 'unknown';
  } catch {
    return 'unknown'; // the role may not ask: some managed servers
  }
}
