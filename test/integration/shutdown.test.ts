import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createDatabase } from '../support/database.ts';
import { nextOf, startTestSluice, TestClient } from '../support/sluice.ts';

const watch = 'subscription { integrationChanged { id } }';

describe('a server that stops', async () => {
  // One for each test: a server stops but once.
  const environment = { ROLE: 'api' };
  const [streaming, asked, stuck] = [
    await startTestSluice({ environment }),
    await startTestSluice({ environment }),
    await startTestSluice({ environment }),
  ];

  test('tells streams and sockets apart, refuses what is new, and ends', async () => {
    const sluice = streaming;
    await sluice.tenant.createIntegration();
    const client = sluice.client();
    const stream = client.stream(watch);
    const subscription = client.subscribe(watch);
    await Promise.all([nextOf(stream), nextOf(subscription)]);
    const socketEnded = expect(subscription.next()).rejects.toMatchObject({ code: 1012 });
    const streamEnded = nextOf(stream);
    await sluice.stop();
    await socketEnded;
    expect(await streamEnded).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    await expect(fetch(`${sluice.url}/health/live`)).rejects.toThrow('fetch failed');
  });

  test('answers what it was asked before', async () => {
    const sluice = asked;
    const { sql } = sluice.database.open();
    const locked = await sql.reserve();
    await locked`begin`;
    await locked`lock table events in access exclusive mode`;
    const question = '{ events { totalCount } }';
    const overHttp = sluice.client().ask(question);
    const overWebSocket = nextOf(sluice.client().subscribe(question));
    await waitForLocked(sql, 2);
    const stopped = sluice.stop();
    await locked`commit`;
    locked.release();
    expect((await overHttp).data).toEqual({ events: { totalCount: 0 } });
    expect(await overWebSocket).toEqual({ data: { events: { totalCount: 0 } } });
    await stopped;
  });

  test('cuts what does not end in time', async () => {
    const sluice = stuck;
    const { sql } = sluice.database.open();
    const locked = await sql.reserve();
    await locked`begin`;
    await locked`lock table events in access exclusive mode`;
    const hanging = sluice.client().ask('{ events { totalCount } }');
    const cut = expect(hanging).rejects.toThrow();
    await waitForLocked(sql, 1);
    await sluice.stop(0.5);
    await cut;
    await locked`rollback`;
    locked.release();
  });
});

/** Until so many statements of others wait for a lock. */
async function waitForLocked(
  sql: ReturnType<Awaited<ReturnType<typeof createDatabase>>['open']>['sql'],
  count: number,
) {
  for (;;) {
    const [row] = await sql<{ waiting: number }[]>`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%events%'`;
    if (row && row.waiting >= count) return;
  }
}

describe('the program', async () => {
  const { url: databaseUrl } = await createDatabase();
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  function start(environment: Record<string, string>) {
    const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const lines: string[] = [];
    const address = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        const url = /^Sluice is at (\S+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
    });
    const exited = once(child, 'close').then(([code]) => code as number | null);
    return { child, address, exited, lines };
  }

  test('says where it is, opens with BOOTSTRAP_API_KEY, and ends with 0 when it is asked to', async () => {
    const key = 'bootstrap-key-of-a-test';
    const environment = {
      DATABASE_URL: databaseUrl,
      SECRET_KEYS: `one:${Buffer.alloc(32, 1).toString('base64')}`,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
    };
    const first = start(environment);
    const url = await first.address;
    const client = new TestClient(url, key);
    expect(await client.data('{ viewer { role name organization { name } } }')).toEqual({
      viewer: { role: 'ADMIN', name: 'Bootstrap', organization: { name: 'Default' } },
    });
    const socket = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => {},
    });
    await new Promise((resolve) => socket.on('connected', resolve));
    const closed = new Promise((resolve) => socket.on('closed', resolve));
    first.child.kill('SIGTERM');
    expect(await closed).toMatchObject({ code: 1012 });
    expect(await first.exited).toBe(0);
    expect(first.lines.join('\n')).not.toContain(key);

    const second = start({ ...environment, BOOTSTRAP_API_KEY: 'another-key-for-the-same-data' });
    const again = await second.address;
    expect((await new TestClient(again, key).ask('{ viewer { role } }')).status).toBe(200);
    expect((await new TestClient(again, 'another-key-for-the-same-data').ask('{ viewer { role } }')).status).toBe(401);
    expect(second.lines.join('\n')).toContain('BOOTSTRAP_API_KEY opens nothing');
    second.child.kill('SIGINT');
    expect(await second.exited).toBe(0);
  });

  test('names every setting that is wrong, and ends with 1', async () => {
    const { child, exited } = start({ PORT: 'http', ROLE: 'king', DATABASE_URL: 'mysql://secret@host/x' });
    const chunks: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await exited).toBe(1);
    const said = Buffer.concat(chunks).toString();
    for (const name of ['PORT', 'ROLE', 'DATABASE_URL']) expect(said).toContain(name);
    expect(said).not.toMatch(/secret|^ +at /m);
  });

  test('says that the database can not be used', async () => {
    const { child, exited } = start({
      DATABASE_URL: 'postgres://someone:hushhush@127.0.0.1:1/nowhere',
      SECRET_KEYS: `one:${Buffer.alloc(32, 1).toString('base64')}`,
    });
    const chunks: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await exited).toBe(1);
    const said = Buffer.concat(chunks).toString();
    expect(said).toContain('DATABASE_URL');
    expect(said).not.toContain('hushhush');
  });
});
