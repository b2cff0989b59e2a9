import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { type Page, policyOf } from './pages.ts';
import { plainPage } from './plain-page.ts';

/** What the dashboard may load: nothing from elsewhere, and nothing that is written into the page itself. */
const policy = policyOf({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
});

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** By its name it can only ever have this content. */
const isHashed = (path: string): boolean => path.startsWith('/assets/');

/** The built dashboard, read once and kept: it has a few hundred kilobytes. */
export class Dashboard {
  readonly #folder: string;
  #files: ReadonlyMap<string, Buffer> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null: no file, and no address of the dashboard's own. Those show index.html, which knows what is there. */
  async find(path: string, { headers }: IncomingMessage): Promise<Page | null> {
    const files = this.#files ?? (await this.#read());
    const asked = decode(path);
    if (asked === null) return null;
    if (files.has(asked) && contentTypes[extname(asked)]) return pageOf(files, asked, headers['accept-encoding']);
    if (asked !== '/' && !(headers.accept?.includes('text/html') && isRoute(asked))) return null;
    return files.has('/index.html') ? pageOf(files, '/index.html', headers['accept-encoding']) : notBuiltPage;
  }

  async #read(): Promise<ReadonlyMap<string, Buffer>> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
    const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const files = new Map<string, Buffer>();
    for (const path of paths) {
      files.set(`/${relative(this.#folder, path).split(sep).join('/')}`, await readFile(path));
    }
    if (files.has('/index.html')) this.#files = files; // otherwise it may be built yet
    return files;
  }
}

function pageOf(files: ReadonlyMap<string, Buffer>, path: string, accepted: IncomingMessage['headers'][string]): Page {
  const takes = (encoding: string) =>
    String(accepted ?? '')
      .split(/[,;\s]+/)
      .includes(encoding);
  const [encoding, body] =
    (takes('br') && files.has(`${path}.br`) && (['br', files.get(`${path}.br`)] as const)) ||
    (takes('gzip') && files.has(`${path}.gz`) && (['gzip', files.get(`${path}.gz`)] as const)) ||
    ([undefined, files.get(path)] as const);
  return {
    body: body ?? '',
    contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
    policy,
    ...(encoding && { encoding }),
    varies: true,
    immutable: isHashed(path),
  };
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}

/** A place in the dashboard, e.g. /integrations/…: no file, and nothing hidden. */
const isRoute = (path: string): boolean => path.split('/').every((part) => !part.includes('.') && !part.includes('\0'));

const notBuiltPage = plainPage(
  'Sluice',
  `<h1>Sluice</h1>
<p>The dashboard is not built yet: <code>npm run dashboard:build</code> does that, and so does <code>npm start</code>. Then load this page again.</p>
<p>The GraphQL API is at <a href="/graphql">/graphql</a>: in a browser that is GraphiQL, for programs POST with
<code>Authorization: Bearer &lt;key&gt;</code>, and WebSockets (graphql-transport-ws).</p>
<ul><li><a href="/help/errors">Errors and what to do about them</a></li><li><a href="/health/ready">Health</a></li>
<li><a href="/metrics">Metrics</a></li></ul>`,
);
