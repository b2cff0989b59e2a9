import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError } from 'graphql';

/**
 * Whether the page that opens this socket may: one of ours, or none at all, which is a program. Browsers apply no CORS to WebSockets, so this is
 * the only thing that keeps other people's pages out. The scheme is not compared: behind a proxy that ends TLS it is not known.
 */
export function isOwnOrigin({ headers }: IncomingMessage, publicUrl: string): boolean {
  if (headers.origin === undefined) return true;
  const origin = URL.parse(headers.origin);
  if (!origin) return false;
  return origin.host === headers.host || origin.origin === URL.parse(publicUrl)?.origin;
}

export const foreignOrigin = (): GraphQLError =>
  new GraphQLError('Pages of other origins may not open sockets here.', { extensions: { code: 'FORBIDDEN' } });

export const noSocketsHere = (): GraphQLError =>
  new GraphQLError('WebSockets are at /graphql.', { extensions: { code: 'NOT_FOUND' } });

export interface UpgradeRefusal {
  status: 403 | 404 | 503;
  error: GraphQLError;
}

const reasons = { 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' };

/** Answers an upgrade with an HTTP error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, { status, error }: UpgradeRefusal): void {
  const body = JSON.stringify({ errors: [error] });
  socket.on('error', () => socket.destroy()); // the client may be gone already
  const head = [
    `HTTP/1.1 ${status} ${reasons[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 503 ? ['Retry-After: 1'] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
