import { describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

describe('a database that is gone for a while', async () => {
  const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
  const name = new URL(sluice.database.url).pathname.slice(1);
  const { adminUrl } = inject('testServer');

  async function withAdmin(run: (admin: ReturnType<typeof openDatabase>) => Promise<unknown>): Promise<void> {
    const admin = openDatabase(adminUrl, { name: 'test administration', connectionsMax: 1 });
    try {
      await run(admin);
    } finally {
      await admin.close();
    }
  }

  const goAway = () =>
    withAdmin(async ({ sql }) => {
      await sql`alter database ${sql(name)} allow_connections false`;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    });
  const comeBack = () => withAdmin(({ sql }) => sql`alter database ${sql(name)} allow_connections true`);
  const readiness = async () => {
    const response = await fetch(`${sluice.url}/health/ready`);
    return { status: response.status, ...((await response.json()) as { database: string }) };
  };
  const watch = 'subscription { reconciliationChanged { counts { total } } }';

  test('makes the process not ready, and its streams go on when it is back', async () => {
    await sluice.tenant.createIntegration();
    const eventId = await sluice.tenant.createEvent();
    const { id, secret } = await sluice.createKey('VIEWER');
    const watching = sluice.client(secret).subscribe(watch);
    expect(await nextOf(watching)).toEqual({ data: { reconciliationChanged: { counts: { total: 0 } } } });

    await goAway();
    await expect.poll(readiness, { timeout: 20_000 }).toMatchObject({ status: 503, database: 'unreachable' });
    expect((await fetch(`${sluice.url}/health/live`)).status).toBe(200);
    expect((await sluice.client().ask('{ events { totalCount } }')).errors?.[0]?.extensions.code).toBe('INTERNAL');

    await comeBack();
    await expect.poll(readiness, { timeout: 20_000 }).toMatchObject({ status: 200, database: 'reachable' });
    await expect
      .poll(() =>
        sluice.tenant.captureLeads(eventId, 1).then(
          () => 'captured',
          () => 'not yet',
        ),
      )
      .toBe('captured');
    expect(await nextOf(watching)).toEqual({ data: { reconciliationChanged: { counts: { total: 1 } } } });

    const ended = expect(watching.next()).rejects.toMatchObject({ code: 4401 });
    await sluice.revokeKey(id);
    await ended;
  });
});
