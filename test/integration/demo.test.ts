import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { demoVendors } from '../../demo/vendors/start-vendors.ts';
import { nextOf, TestClient } from '../support/sluice.ts';

const entry = fileURLToPath(new URL('../../demo/main.ts', import.meta.url));
const dataDir = await mkdtemp(join(tmpdir(), 'sluice-demo-test-'));
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** `npm run demo` as a process of its own. */
class Demo {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  output = '';

  constructor(environment: Record<string, string>, args: string[] = []) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [entry, ...args], {
      env: { PATH, DATA_DIR: dataDir, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#closed = once(this.#child, 'close');
    // Not SIGKILL: its PostgreSQL would stay.
    onTestFinished(async () => void (await this.end('SIGTERM')));
  }

  /** A client with the key of the link that the demo prints when it is ready. */
  async ready(): Promise<TestClient> {
    for (;;) {
      const [, url, key] = /Dashboard +(http:\S+)\/#key=(\S+)\n.*Data /s.exec(this.output) ?? [];
      if (url && key) return new TestClient(url, decodeURIComponent(key));
      if (!this.#child.stdout) throw new Error('the demo was not started');
      const more = once(this.#child.stdout, 'data').then(() => true);
      if (!(await Promise.race([more, this.#closed.then(() => false)]))) throw new Error(`it ended: ${this.output}`);
    }
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.#child.kill(signal);
    return this.exitCode();
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }
}

interface Snapshot {
  integrations: { name: string; connection: { account: string }; reconciliation: { counts: Counts } }[];
  events: { totalCount: number };
}
interface Counts {
  total: number;
  cleared: number;
  failed: number;
}

const read = (client: TestClient) =>
  client.data<Snapshot>(`{
    integrations { name connection { account } reconciliation { counts { total cleared failed } } }
    events { totalCount }
  }`);

/** The process id in the first line of PostgreSQL's own file. */
async function postgresPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

test('the demo starts with everything in it, ends by a signal without leaving anything, and finds it all again', async () => {
  const first = new Demo({}, ['--vendors', 'all']);
  const client = await first.ready();
  const begun = await read(client);
  expect(begun.integrations.map(({ name }) => name).toSorted()).toEqual(demoVendors.map(({ name }) => name).toSorted());
  expect(begun.events.totalCount).toBe(3);

  // Leads arrive by themselves, and every vendor's simulator takes some.
  const moves = client.subscribe<{ reconciliationChanged: { integration: { name: string }; counts: Counts } }>(
    'subscription { reconciliationChanged { integration { name } counts { total cleared failed } } }',
  );
  const grown = new Set<string>();
  while (grown.size < demoVendors.length) {
    const { reconciliationChanged: now } = (await nextOf(moves)).data ?? {};
    const before = begun.integrations.find(({ name }) => name === now?.integration.name)?.reconciliation.counts;
    if (now && before && now.counts.total > before.total && now.counts.cleared > before.cleared) {
      grown.add(now.integration.name);
    }
  }
  const last = await read(client);
  const pid = await postgresPid();
  await client.close();
  expect(await first.end('SIGINT')).toBe(0);
  expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');

  // Without --vendors: those that are connected are played all the same, or they would call the vendors themselves.
  const second = new Demo({ BOOTSTRAP_API_KEY: 'another-key-of-somebody+else' });
  const again = await second.ready();
  expect(again.key).toBe('another-key-of-somebody+else');
  const found = await read(again);
  expect(found.events.totalCount).toBe(3);
  for (const { name, connection, reconciliation } of last.integrations) {
    const same = found.integrations.find((integration) => integration.name === name);
    expect(same?.connection.account).toBe(connection.account);
    expect(same?.reconciliation.counts.total).toBeGreaterThanOrEqual(reconciliation.counts.total);
  }
  expect(found.integrations.length).toBe(last.integrations.length);
  for (const { name } of demoVendors) expect(second.output).toContain(`${name} http://127.0.0.1:`);
  expect(await second.end('SIGTERM')).toBe(0);
}, 90_000);

test('the demo says so when its port is taken, and starts nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? String(address.port) : '';
  const elsewhere = join(dataDir, 'never');
  const demo = new Demo({ PORT: port, DATA_DIR: elsewhere });
  expect(await demo.exitCode()).toBe(1);
  expect(demo.output).toContain(`Port ${port} is taken`);
  expect(existsSync(join(elsewhere, 'postgres'))).toBe(false);
});

test('the demo says which vendors there are when it is asked for another one, and starts nothing', async () => {
  const elsewhere = join(dataDir, 'nowhere');
  const demo = new Demo({ DATA_DIR: elsewhere }, ['--vendors', 'hubspot,sugar']);
  expect(await demo.exitCode()).toBe(1);
  expect(demo.output).toContain('There is no simulator of "SUGAR"');
  expect(demo.output).toContain('marketo');
  expect(existsSync(elsewhere)).toBe(false);
});
