import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GraphQLSchema } from 'graphql';
import type { Doorbell } from '../sync/live/doorbell.ts';
import type { Feed } from '../sync/live/feed.ts';
import type { Services } from '../sync/services.ts';
import { Authentication } from './authentication.ts';
import { Exports } from './export.ts';
import { Gateway } from './gateway.ts';
import { HttpRouter, type Readiness } from './http.ts';
import { limits } from './limits.ts';
import { restarting } from './masking.ts';
import { createMetrics } from './metrics.ts';
import { finishSignIn } from './oauth-callback.ts';
import { Operations } from './operations.ts';
import { RateLimit } from './rate-limit.ts';
import { watchRevocations } from './revocation.ts';
import { Sessions } from './sessions.ts';
import { noSocketsHere, refuseUpgrade } from './upgrade.ts';
import { WebSockets } from './websocket.ts';

export interface ServerOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Where people reach the server that listens on this port, without a slash at its end. */
  publicUrlOf(port: number): string;
  services: Services;
  /** Null: no GraphQL here, only health and metrics. */
  graphql: { schema: GraphQLSchema; feed: Feed; doorbell: Doorbell; graphiql: boolean } | null;
  /** Default: what limits.ts says. */
  rateLimit?: RateLimit | undefined;
  /** Facts for /health/ready. */
  ready(): Promise<Readiness>;
  dashboardFolder: string;
  errorsHelp: string;
}

export interface RunningServer {
  /** Where people reach it. */
  url: string;
  /** Of the listener. */
  port: number;
  /** Takes nothing new, closes sockets in waves and streams with an error, waits for answers under way; cuts what is left after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>;
}

/** Listens. GraphQL over HTTP, Server-Sent Events and WebSocket at /graphql, the dashboard at /, health, metrics and help. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { services, graphql } = options;
  const { log } = services;
  const metrics = createMetrics();
  const authentication = new Authentication(services);
  const sessions = new Sessions(services.now);
  const revocations = graphql && (await watchRevocations(services, graphql.doorbell, authentication, sessions));
  const http = createServer({
    requestTimeout: limits.requestMs,
    headersTimeout: 15_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: limits.headerBytes,
  });
  const port = await listen(http, options);
  const url = options.publicUrlOf(port);
  const parts = graphql && partsOf(graphql);
  let draining = false;
  const router = new HttpRouter({
    graphql: parts && {
      gateway: parts.gateway,
      authentication,
      sessions,
      exports: parts.exports,
      graphiql: parts.graphiql,
    },
    metrics,
    log,
    ready: async () => (draining ? { ready: false, draining } : options.ready()),
    dashboardFolder: options.dashboardFolder,
    errorsHelp: options.errorsHelp,
    finishSignIn: (query) => finishSignIn(services, query),
  });
  http.on('request', (request, response) => {
    if (draining) response.setHeader('Connection', 'close');
    void router.handle(request, response);
  });
  http.on('upgrade', (request, socket, head) => {
    if (parts && request.url?.split('?')[0] === '/graphql') parts.sockets.upgrade(request, socket, head);
    else refuseUpgrade(socket, { status: 404, error: noSocketsHere() });
  });

  function partsOf({ schema, feed, graphiql }: NonNullable<ServerOptions['graphql']>) {
    const operations = new Operations(schema);
    const { rateLimit = new RateLimit() } = options;
    const gateway = new Gateway({ operations, services, feed, metrics, publicUrl: url, rateLimit });
    const sockets = new WebSockets({ gateway, authentication, sessions, metrics, log, publicUrl: url });
    return { gateway, sockets, exports: new Exports(services, rateLimit), graphiql };
  }

  async function close(deadlineMs: number): Promise<void> {
    draining = true;
    revocations?.stop();
    const closed = new Promise((resolve) => http.close(resolve));
    // A connection whose last answer was under way is kept alive, unless somebody asks again.
    const sweep = setInterval(() => http.closeIdleConnections(), 50);
    const cut = setTimeout(() => http.closeAllConnections(), deadlineMs);
    sessions.endRequests(restarting());
    await parts?.sockets.drain(deadlineMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(cut);
  }

  return { url, port, close };
}

function listen(http: Server, { host, port }: ServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}
