import type { TestProject } from 'vitest/node';
import { startChromiumServer } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the Chromium of this run takes connections. */
    chromium: string;
  }
}

/** One Chromium for all files of a run. Each page of a test has a profile of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startChromiumServer();
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
