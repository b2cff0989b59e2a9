import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

/** What a page of ours may load: nothing from elsewhere. */
const strictPolicy = policyOf({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
});

/** A Content-Security-Policy that allows what is given and nothing else; in no frame of anybody, and no form goes anywhere. */
export function policyOf(sources: Record<string, string>): string {
  const fixed = { 'default-src': "'none'", 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'" };
  return Object.entries({ ...fixed, ...sources })
    .map(([directive, allowed]) => `${directive} ${allowed}`)
    .join('; ');
}

/** The source expression that allows one inline script or style, whose exact text this is. */
export const inlineSource = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export interface Page {
  body: string | Buffer;
  contentType: string;
  policy: string;
  /** Already compressed. */
  encoding?: 'gzip';
}

/** Sends a page, or 304 when the client has this very one. */
export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const etag = `"${createHash('sha256').update(page.body).digest('base64url').slice(0, 22)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'no-cache'); // kept, and asked for every time
  response.setHeader('Content-Security-Policy', page.policy);
  response.setHeader('Content-Type', page.contentType);
  if (page.encoding) response.setHeader('Content-Encoding', page.encoding);
  response.statusCode = request.headers['if-none-match'] === etag ? 304 : 200;
  response.end(response.statusCode === 304 || request.method === 'HEAD' ? undefined : page.body);
}

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** The file of a folder that a path asks for. Null: there is none, it lies elsewhere, or its kind is not served. */
export async function findFile(folder: string, path: string): Promise<Page | null> {
  const file = fileOf(folder, path);
  const contentType = file && contentTypes[extname(file).toLowerCase()];
  if (!contentType || !(await isFile(file))) return null;
  return { body: await readFile(file), contentType, policy: strictPolicy };
}

function fileOf(folder: string, path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return null;
  }
  const parts = decoded.split('/');
  if (decoded.includes('\0') || decoded.includes('\\') || parts.some((part) => part.startsWith('.'))) return null;
  const file = normalize(join(folder, path === '/' ? 'index.html' : decoded));
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep) ? file : null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
