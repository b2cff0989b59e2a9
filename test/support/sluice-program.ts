import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '../../src/db/embedded.ts';
import { TestClient } from './sluice.ts';
import { createServerFolder } from './test-server.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const key = 'bootstrap-key-of-a-test';

/**
 * The program as somebody runs it who has nothing but Node: a process of its own on an embedded database, that can be killed and started again.
 * What a dead process held is taken over at once there, and not when its claims end.
 */
export class SluiceProgram {
  /** What the processes printed, line by line. */
  readonly output: string[] = [];
  readonly #dataDir: string;
  #child: ChildProcess | null = null;
  /** Whoever was connected to the one that was killed finds the next one where it was. */
  #port = '0';
  #exited: Promise<unknown> = Promise.resolve();
  #ready = Promise.withResolvers<TestClient>();

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  static async start(): Promise<SluiceProgram> {
    const program = new SluiceProgram(await createServerFolder());
    await program.start();
    return program;
  }

  /** An administrator's client of the process that runs, or of the next one where it was killed. */
  get client(): Promise<TestClient> {
    return this.#ready.promise;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [main], {
      env: {
        DATA_DIR: this.#dataDir,
        PORT: this.#port,
        BOOTSTRAP_API_KEY: key,
        ALLOW_PRIVATE_NETWORKS: 'true',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#exited = once(child, 'close');
    const ended = this.#exited.then(() => null);
    const address = new Promise<string>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.output.push(line);
          const url = /^Sluice is at (\S+)/.exec(line)?.[1];
          if (url) resolve(url);
        });
      }
    });
    const url = await Promise.race([address, ended]);
    if (!url) throw new Error(`the program ended: ${this.output.join('\n')}`);
    this.#port = new URL(url).port;
    this.#ready.resolve(new TestClient(url, key));
  }

  /** kill -9: nothing of the process has a chance to end in order. Its database server stays. */
  async kill(): Promise<void> {
    this.#ready = Promise.withResolvers();
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends it in order, whatever state it is in, and removes everything. Returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child?.kill('SIGTERM');
    await this.#exited;
    const exitCode = this.#child?.exitCode ?? null;
    if (exitCode !== 0) await stopAbandoned(this.#dataDir);
    await rm(this.#dataDir, { recursive: true, force: true });
    return exitCode;
  }
}

/** The server of a folder whose process was killed. */
async function stopAbandoned(dataDir: string): Promise<void> {
  const server = await openEmbedded({ dataDir, log: { info: () => {}, warn: () => {} } });
  await server.stop();
}
