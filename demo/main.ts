import { createServer } from 'node:net';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { lock } from 'proper-lockfile';
import { createGraphqlClient } from '../src/cli/graphql-client.ts';
import { type Config, ConfigError, loadConfig, urlOfListener } from '../src/config.ts';
import { EmbeddedDatabaseError } from '../src/db/embedded.ts';
import type { Vendor } from '../src/domain/vendors.ts';
import { startSluice } from '../src/start.ts';
import { adoptApiKey, authenticate } from '../src/sync/api-keys.ts';
import { createOrganization, findOrganizationByName } from '../src/sync/organizations.ts';
import type { Services } from '../src/sync/services.ts';
import { DemoApi } from './api.ts';
import { keep, readKept } from './kept.ts';
import { setUp } from './set-up.ts';
import { startTraffic } from './traffic.ts';
import { demoVendors, type StartedVendor, startVendors, usualVendors } from './vendors/start-vendors.ts';

/** For whoever starts the demo: said without a stack. */
class DemoError extends Error {}

const organizationName = 'Demo';
const lockStaleMs = 5_000;

async function main(): Promise<void> {
  // An impatient second Ctrl-C must not cut the stop short: it would leave PostgreSQL running.
  const stopAsked = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopAsked.resolve());

  const asked = askedVendors(process.argv.slice(2));
  const settings = demoConfig(process.env);
  await requireFreePort(settings);
  await using cleanup = new AsyncDisposableStack();
  const kept = await readKept(settings.dataDir);
  if (!kept) throw new DemoError(`${settings.dataDir} is of another version of the demo. Remove it to begin anew.`);
  await keep(settings.dataDir, kept);
  cleanup.defer(await lockFolder(settings.dataDir));
  console.log('Starting; the first time this takes some seconds ...');

  const vendors = await startVendors(kept, asked);
  for (const vendor of vendors) cleanup.defer(() => vendor.close());
  const vendorUrls = Object.fromEntries(vendors.flatMap(({ vendor, urls }) => (urls ? [[vendor, urls]] : [])));
  const config: Config = { ...settings, vendorUrls };

  const sluice = await startSluice(config);
  cleanup.defer(() => sluice.stop());
  const apiKey = process.env.BOOTSTRAP_API_KEY?.trim() || kept.apiKey;
  await openOrganization(sluice.services, apiKey);

  const address = config.publicUrl ? urlOfListener(config.host, config.port) : sluice.url;
  const api = new DemoApi(createGraphqlClient({ endpoint: new URL('/graphql', address), apiKey }));
  const stage = await setUp(api, vendors);
  await keep(config.dataDir, kept);
  cleanup.defer(startTraffic(api, stage, vendors));

  console.log(guide(sluice.url, apiKey, vendors, config));
  await stopAsked.promise;
  console.log('Stopping ...');
}

/** Of `--vendors all`, or `--vendors hubspot,zoho`; without it the usual ones. */
function askedVendors(args: readonly string[]): readonly Vendor[] {
  const known = demoVendors.map(({ vendor }) => vendor);
  const expected = `expected --vendors all, or some of ${known.join(', ').toLowerCase()} with commas between them.`;
  try {
    const { vendors } = parseArgs({ args: [...args], options: { vendors: { type: 'string' } } }).values;
    if (vendors === undefined) return usualVendors;
    if (vendors.trim().toLowerCase() === 'all') return known;
    const names = vendors.split(',').map((name) => name.trim().toUpperCase());
    const unknown = names.filter((name) => !known.some((vendor) => vendor === name));
    if (unknown.length > 0) throw new DemoError(`There is no simulator of "${unknown.join(', ')}": ${expected}`);
    return known.filter((vendor) => names.includes(vendor));
  } catch (error) {
    if (error instanceof DemoError) throw error;
    throw new DemoError(`${error instanceof Error ? error.message : 'Unreadable options'}: ${expected}`);
  }
}

/** The server's settings, with what the demo decides itself. */
function demoConfig(environment: NodeJS.ProcessEnv): Config {
  return loadConfig({
    ...environment,
    DATA_DIR: environment.DATA_DIR?.trim() || './.data/demo', // not where `npm start` keeps its own
    LOG_LEVEL: environment.LOG_LEVEL?.trim() || 'warn',
    ALLOW_PRIVATE_NETWORKS: 'true', // the simulators are on this machine
    BOOTSTRAP_API_KEY: undefined, // it opens the demo's organization, not `Default`
    ROLE: 'all',
  });
}

/** Before anything is started, so that it is said at once. */
async function requireFreePort({ host, port }: Config): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error';
    throw new DemoError(
      code === 'EADDRINUSE'
        ? `Port ${port} is taken. Choose another one: PORT=${port + 1} npm run demo`
        : `Port ${port} can't be listened on (${code}). Choose another one with PORT.`,
    );
  }
  await new Promise((resolve) => server.close(resolve));
}

/** Two demos in one folder would push each other's leads to simulators that the other can't see. */
async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    const release = await lock(folder, {
      lockfilePath: `${folder}/demo.lock`,
      stale: lockStaleMs,
      retries: { retries: 7, factor: 1, minTimeout: 1_000 }, // one that was killed holds it for some seconds more
    });
    return () => release().catch(() => {}); // a signal has released it already
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    throw new DemoError(`Another demo runs in ${folder}. End it, or choose another folder with DATA_DIR.`);
  }
}

/** Makes the organization at the first start, and the key an ADMIN key of it. */
async function openOrganization(services: Services, apiKey: string): Promise<void> {
  const found = await findOrganizationByName(services, organizationName);
  const orgId = found?.id ?? (await createOrganization(services, organizationName));
  await adoptApiKey(services, orgId, 'Demo', apiKey);
  const identity = await authenticate(services, apiKey);
  if (identity?.viewer.orgId === orgId && identity.viewer.role === 'ADMIN') return;
  throw new DemoError(
    'The API key was revoked, or belongs to somebody else. Set BOOTSTRAP_API_KEY to another one, of 16 characters or more.',
  );
}

function guide(url: string, apiKey: string, vendors: readonly StartedVendor[], { dataDir }: Config): string {
  const simulators = vendors.map((vendor) => `${vendor.name} ${vendor.url}`);
  const query = '{ integrations { name syncMode { mode frozen } reconciliation { counts { total cleared failed } } } }';
  return `
Sluice demo: leads arrive until Ctrl-C

  Dashboard   ${url}/#key=${encodeURIComponent(apiKey)}
  GraphiQL    ${url}/graphql   Headers tab: {"Authorization": "Bearer ${apiKey}"}
  API key     ${apiKey}   ADMIN of the organization ${organizationName}

  curl -s ${url}/graphql -H 'authorization: Bearer ${apiKey}' \\
    -H 'content-type: application/json' -d '{"query":"${query}"}'

  Simulators  ${simulators.join('\n              ')}
              see simulators/README.md for faults
  Data        ${relative('.', dataDir) || dataDir}; remove it to begin anew
`;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof DemoError || error instanceof ConfigError || error instanceof EmbeddedDatabaseError) {
    console.error(`demo: ${error.message}`);
  } else {
    console.error('demo: this should not have happened:', error);
  }
  process.exit(1);
}
