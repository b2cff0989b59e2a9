import { randomUUID } from 'node:crypto';
import { Logger, makeWorkerUtils, run as runWorker, type TaskList } from 'graphile-worker';
import { z } from 'zod';
import { openDatabase } from '../../src/db/client.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';

/** A way for single leads to go out. */
export interface Outlet {
  /** Hands one lead in and resolves when it is stored. */
  capture(externalId: string): Promise<unknown>;
  stop(): Promise<void>;
}

const concurrentJobs = 10;
const logger = new Logger(() => () => {});

/** graphile-worker alone: addJob to the beginning of a handler that does nothing. */
export async function startHandler(url: string, received: (externalId: string) => void): Promise<Outlet> {
  const stopRunner = await startRunner(url, {
    push: (payload) => received(z.object({ externalId: z.string() }).parse(payload).externalId),
  });
  const utils = await makeWorkerUtils({ connectionString: url, logger });
  return {
    capture: (externalId) => utils.addJob('push', { externalId }),
    async stop() {
      await stopRunner();
      await utils.release();
    },
  };
}

const Lead = z.object({ externalId: z.string(), firstName: z.string(), lastName: z.string(), email: z.string() });

/**
 * What an outbox of one's own would be: a transaction writes the lead and its job, and the handler reads the lead and posts it, by the same HTTP
 * client. It knows no gate, records nothing of the answer, and signs nothing.
 */
export async function startDelivery(url: string, vendorUrl: string): Promise<Outlet> {
  const http = createHttpClient({ allowPrivateNetworks: true });
  const stopRunner = await startRunner(url, {
    push: async (payload, { query }) => {
      const { id } = z.object({ id: z.string() }).parse(payload);
      const { rows } = await query(
        'select external_id as "externalId", first_name as "firstName", last_name as "lastName", email from outbox_leads where id = $1',
        [id],
      );
      const body = JSON.stringify({ data: { lead: Lead.parse(rows[0]) } });
      const headers = { 'content-type': 'application/json' };
      await http.request({ method: 'POST', url: vendorUrl, headers, body, timeoutMs: 15_000, answerBytesMax: 65_536 });
    },
  });
  const { sql, close } = openDatabase(url, { name: 'bench' });
  await sql`create table outbox_leads (id uuid primary key, external_id text unique, first_name text, last_name text, email text)`;
  return {
    capture: (externalId) =>
      sql.begin(async (tx) => {
        const id = randomUUID();
        const email = `${externalId.replaceAll(' ', '.')}@example.com`;
        await tx`insert into outbox_leads values (${id}, ${externalId}, 'Ada', 'Byron', ${email})`;
        await tx`select graphile_worker.add_job('push', ${JSON.stringify({ id })}::json)`;
      }),
    async stop() {
      await stopRunner();
      await close();
      await http.close();
    },
  };
}

async function startRunner(url: string, taskList: TaskList): Promise<() => Promise<void>> {
  const runner = await runWorker({
    preset: { worker: { connectionString: url, concurrentJobs, maxPoolSize: concurrentJobs + 2, logger } },
    noHandleSignals: true,
    taskList,
  });
  return () => runner.stop();
}
