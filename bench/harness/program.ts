import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The whole server in a process of its own. It serves the API and pushes nothing. */
export class Program {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(databaseUrl: string): Promise<Program> {
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        SECRET_KEYS: `bench:${randomBytes(32).toString('base64')}`,
        PORT: '0',
        ROLE: 'api',
        LOG_LEVEL: 'warn',
        SHUTDOWN_SECONDS: '3',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^Sluice is at (\S+)/.exec(line)?.[1];
      if (!url) continue;
      child.stdout.resume();
      return new Program(url, child);
    }
    throw new Error('the server ended while it started');
  }

  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/graphql`;
  }

  /** Resident memory. NaN where there is no /proc. */
  async residentMegabytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }
}
