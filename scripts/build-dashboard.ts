import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, glob, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

// `npm start`, `npm run demo`, tests and checks run this first: it takes a moment when dashboard/dist is what the sources say, and some
// seconds when it is not.

const folder = fileURLToPath(new URL('../dashboard', import.meta.url));
const built = join(folder, 'dist');
const stampFile = 'built-from.txt';

/** Builds the dashboard into dashboard/dist, where it is missing or older than its sources. True: it was built. */
export async function buildDashboard(): Promise<boolean> {
  const stamp = await stampOfSources();
  if ((await readFile(join(built, stampFile), 'utf8').catch(() => null)) === stamp) return false;
  const fresh = await mkdtemp(join(folder, '.dist-')); // two that build at once are not in each other's way
  try {
    await build(fresh);
    await compress(fresh);
    await writeFile(join(fresh, stampFile), stamp);
    await chmod(fresh, 0o755); // mkdtemp made it for us alone, and the server may run as somebody else
    await rm(built, { recursive: true, force: true });
    await rename(fresh, built);
  } catch (error) {
    // The other one was faster, and has built the same.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return true;
}

/** In a process of its own: what NODE_ENV is here, e.g. in a test, must not make it a build for development. */
async function build(outDir: string): Promise<void> {
  const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));
  const args = [vite, 'build', folder, '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
  const child = spawn(process.execPath, args, { env: { ...process.env, NODE_ENV: 'production' }, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('The dashboard could not be built: see above.');
}

/** A digest of everything that the build is made of: its files, and the versions of its packages. */
async function stampOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const sources: string[] = [];
  const pattern = ['**/*.{html,css,ts,tsx,svg,json}'];
  const exclude = ['dist/**', '.dist-*/**', '**/graphql-env.d.ts'];
  for await (const name of glob(pattern, { cwd: folder, exclude })) sources.push(name);
  for (const name of sources.toSorted()) hash.update(name).update(await readFile(join(folder, name)));
  hash.update(await readFile(join(folder, '..', 'package-lock.json'))).update(await readFile(import.meta.filename));
  return hash.digest('hex');
}

const brotliBest = (text: Buffer) =>
  promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } });

/** Compressed once here, so that the server never has to. Fonts and pictures are compressed already. */
async function compress(path: string): Promise<void> {
  for await (const name of glob('**/*.{html,css,js,svg}', { cwd: path })) {
    const text = await readFile(join(path, name));
    await writeFile(join(path, `${name}.br`), await brotliBest(text));
    await writeFile(join(path, `${name}.gz`), await promisify(gzip)(text, { level: 9 }));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log((await buildDashboard()) ? 'The dashboard was built.' : 'The dashboard is fresh.');
}
