import type { TestProject } from 'vitest/node';
import { type RunningTestServer, startTestServer, type TestServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer;
  }
}

/** One server for all projects of a run, though Vitest loads this file once for each of them. */
interface Shared {
  users: number;
  running: Promise<RunningTestServer> | null;
}
const key = Symbol.for('sluice.test.server');
const holder = globalThis as { [key]?: Shared };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  holder[key] ??= { users: 0, running: null };
  const shared = holder[key];
  shared.users += 1;
  shared.running ??= startTestServer();
  const { adminUrl, template, prefix, stop } = await shared.running;
  project.provide('testServer', { adminUrl, template, prefix });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.running = null;
    await stop();
  };
}
