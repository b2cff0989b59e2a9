import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

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
  encoding?: 'gzip' | 'br';
  /** Other browsers get it in another encoding. */
  varies?: boolean;
  /** Its address has a digest of its content: it never has to be asked for again. */
  immutable?: boolean;
}

/** Sends a page, or 304 when the client has this very one. */
export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const etag = `"${createHash('sha256').update(page.body).digest('base64url').slice(0, 22)}"`;
  response.setHeader('ETag', etag);
  // no-cache: kept, and asked for every time
  response.setHeader('Cache-Control', page.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('Content-Security-Policy', page.policy);
  response.setHeader('Content-Type', page.contentType);
  if (page.varies) response.setHeader('Vary', 'Accept-Encoding');
  if (page.encoding) response.setHeader('Content-Encoding', page.encoding);
  response.statusCode = request.headers['if-none-match'] === etag ? 304 : 200;
  response.end(response.statusCode === 304 || request.method === 'HEAD' ? undefined : page.body);
}
