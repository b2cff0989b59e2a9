import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Cut off at the limit; `bodyBytes` tells the size in full. */
  body: Buffer;
  bodyBytes: number;
}

export interface Listening {
  /** Without a slash at its end. */
  url: string;
  /** Ends every connection, also those that hang. */
  close(): Promise<void>;
}

export interface ListenOptions {
  port?: number | undefined;
  /** More of a body than this is counted, not kept. */
  bodyBytesMax: number;
}

/** A plain HTTP server on loopback that reads every request in full before it hands it over. */
export async function listen(
  options: ListenOptions,
  handle: (received: Received, response: ServerResponse) => Promise<void>,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    response.on('error', () => {}); // the client went away
    const chunks: Buffer[] = [];
    let bodyBytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bodyBytes += chunk.length;
        if (bodyBytes <= options.bodyBytesMax) chunks.push(chunk);
      }
    } catch {
      return; // given up while it was sent
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
    const { method = 'GET', headers } = request;
    await handle(
      { method, path: pathname, query: searchParams, headers, body: Buffer.concat(chunks), bodyBytes },
      response,
    );
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers })
    .end(JSON.stringify(body));
}

/** What a control endpoint answers. */
export interface ControlAnswer {
  status: number;
  body: unknown;
}

export const unknownControl: ControlAnswer = { status: 404, body: { error: 'Not found' } };

/** Null: not JSON. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
