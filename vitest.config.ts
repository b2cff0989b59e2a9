import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

// Vite resolves "graphql" by other conditions than Node does: without this two copies load ("another module or realm").
const graphql = createRequire(import.meta.url).resolve('graphql');

const withDatabase = './test/support/global-setup.ts';
const project = (name: string, settings: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...settings },
});

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: graphql }] },
  test: {
    maxWorkers: 2,
    // Where a test waits for a signal that never comes, it should say so before CI loses patience.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      project('unit', { testTimeout: 10_000 }),
      project('integration', { globalSetup: withDatabase }),
      project('contract', { globalSetup: withDatabase }),
      project('browser', {
        globalSetup: [withDatabase, './test/support/build-dashboard.ts', './test/support/shared-chromium.ts'],
        testTimeout: 60_000,
        fileParallelism: false,
      }),
    ],
  },
});
