import type { Vendor } from '../src/domain/vendors.ts';
import type { BenchServer } from './harness/postgres.ts';
import type { Report } from './harness/report.ts';

export interface Benchmark {
  name: string;
  load(): Promise<{ run(server: BenchServer): Promise<Report> }>;
  /** A module that its process loads before anything else. */
  preload?: URL;
}

/** Vendors whose limits are held against a flush. */
const limited = [
  'MARKETO',
  'PARDOT',
  'ELOQUA',
  'HUBSPOT',
  'SALESFORCE',
  'PIPEDRIVE',
  'ZOHO',
] as const satisfies readonly Vendor[];

/** In the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  {
    name: 'flush',
    load: () => import('./flush.ts'),
    preload: new URL('./contenders/instant-vendor.ts', import.meta.url),
  },
  { name: 'latency', load: () => import('./latency.ts') },
  { name: 'reconciliation', load: () => import('./reconciliation.ts') },
  { name: 'explain', load: () => import('./explain.ts') },
  { name: 'verification', load: () => import('./verification.ts') },
  { name: 'switch', load: () => import('./switch.ts') },
  { name: 'feed', load: () => import('./feed.ts') },
  { name: 'memory', load: () => import('./memory.ts') },
  { name: 'first-paint', load: () => import('./first-paint.ts') },
  ...limited.map(
    (vendor): Benchmark => ({
      name: `limits-${vendor.toLowerCase()}`,
      load: async () => {
        const { run } = await import('./vendor-limits.ts');
        return { run: (server) => run(server, vendor) };
      },
    }),
  ),
];
