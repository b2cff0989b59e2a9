import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { UnauthenticatedError } from '../domain/errors.ts';
import { callbackPath } from '../sync/authorizations.ts';
import type { Authentication } from './authentication.ts';
import { Dashboard } from './dashboard.ts';
import { type Exports, exportPath, exportStatusOf } from './export.ts';
import type { Gateway } from './gateway.ts';
import { GraphiqlPage } from './graphiql.ts';
import { renderHelp } from './help.ts';
import { limits } from './limits.ts';
import { presentError } from './masking.ts';
import type { Metrics } from './metrics.ts';
import { type Page, sendPage } from './pages.ts';
import type { Session, Sessions } from './sessions.ts';
import { createGraphQLHandler, type GraphQLHandler } from './yoga.ts';

/** What /health/ready says. */
export interface Readiness {
  ready: boolean;
  [fact: string]: unknown;
}

export interface HttpOptions {
  /** Null: this process has no GraphQL, and only tells how it is. */
  graphql: {
    gateway: Gateway;
    authentication: Authentication;
    sessions: Sessions;
    exports: Exports;
    graphiql: boolean;
  } | null;
  metrics: Metrics;
  log: Logger;
  ready(): Promise<Readiness>;
  /** What was built of the dashboard; its index.html is at /. */
  dashboardFolder: string;
  /** Markdown; rendered at /help/errors. */
  errorsHelp: string;
  /** Finishes a sign-in at a vendor, from the query that it sent the browser back with. */
  finishSignIn(query: string): Promise<Page>;
}

/** Finds out who answers a request, and who asks. */
export class HttpRouter {
  readonly #options: HttpOptions;
  readonly #graphql: GraphQLHandler | null;
  readonly #graphiql = new GraphiqlPage();
  readonly #dashboard: Dashboard;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#dashboard = new Dashboard(options.dashboardFolder);
    this.#graphql = options.graphql && createGraphQLHandler(options.graphql.gateway);
  }

  /** Never throws: what goes wrong is answered and logged. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const [path = '/'] = (request.url ?? '/').split('?');
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    this.#measure(request, response, path);
    try {
      await this.#route(request, response, path, requestId);
    } catch (error) {
      const presented = presentError(error, { requestId, log: this.#options.log });
      if (response.headersSent) response.destroy();
      else sendErrors(request, response, statusOf(error, presented), [presented]);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, path: string, requestId: string): Promise<void> {
    if (path === '/graphql') return this.#handleGraphQL(request, response, requestId);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(request, response, 405, 'Only GET and HEAD here.', requestId);
    }
    if (path === '/health/live') return sendJson(response, 200, { live: true });
    if (path === '/health/ready') {
      const readiness = await this.#options.ready();
      return sendJson(response, readiness.ready ? 200 : 503, readiness);
    }
    if (path === '/metrics') {
      const { registry } = this.#options.metrics;
      response.setHeader('Content-Type', registry.contentType);
      return void response.end(await registry.metrics());
    }
    if (path === callbackPath && this.#graphql) {
      if (request.method === 'HEAD') return void response.end(); // a look ahead must not spend the sign-in
      response.setHeader('Cache-Control', 'no-store');
      return sendPage(request, response, await this.#options.finishSignIn(request.url?.split('?')[1] ?? ''));
    }
    if (path === exportPath && this.#options.graphql) return this.#export(request, response);
    const page = await this.#findPage(path, request);
    if (page) sendPage(request, response, page);
    else refuse(request, response, 404, 'There is nothing here.', requestId);
  }

  async #findPage(path: string, request: IncomingMessage): Promise<Page | null> {
    if (path === '/help/errors') return renderHelp(this.#options.errorsHelp);
    return this.#graphql && this.#dashboard.find(path, request);
  }

  async #handleGraphQL(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const { graphql } = this.#options;
    if (!graphql || !this.#graphql) return refuse(request, response, 404, 'This process has no GraphQL.', requestId);
    if (graphql.graphiql && request.method === 'GET' && request.headers.accept?.includes('text/html')) {
      return sendPage(request, response, await this.#graphiql.get());
    }
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('Allow', 'GET, POST');
      return refuse(request, response, 405, 'Send operations with POST, queries also with GET.', requestId);
    }
    // Other types could be sent by a form of any page, without the browser asking us first.
    if (request.method === 'POST' && !isJson(request.headers['content-type'])) {
      return refuse(request, response, 415, 'Send operations as application/json.', requestId);
    }
    response.setHeader('Cache-Control', 'no-store');
    const session = await this.#sessionOf(request, response, graphql);
    await this.#graphql(request, response, { session, requestId, transport: 'http' });
  }

  async #export(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { graphql } = this.#options;
    if (!graphql) return;
    await graphql.exports.send(request, response, await this.#sessionOf(request, response, graphql));
  }

  /** Whoever asks, until the answer is out. */
  async #sessionOf(
    request: IncomingMessage,
    response: ServerResponse,
    { authentication, sessions }: NonNullable<HttpOptions['graphql']>,
  ): Promise<Session> {
    const identity = await authentication.authenticate(request.headers.authorization);
    const session = sessions.open(identity, 'request');
    response.once('close', session.close);
    if (response.destroyed) session.close();
    return session;
  }

  #measure(request: IncomingMessage, response: ServerResponse, path: string): void {
    const end = this.#options.metrics.requests.startTimer({ route: routeOf(path) });
    response.once('finish', () => {
      const streamed = request.headers.accept?.includes('text/event-stream') || path === exportPath;
      if (!streamed) end({ status: response.statusCode });
    });
  }
}

/** Few and known, so that nobody can make the metrics grow. */
const routes = new Set([
  '/graphql',
  '/health/live',
  '/health/ready',
  '/metrics',
  '/help/errors',
  callbackPath,
  exportPath,
]);
const routeOf = (path: string): string => (routes.has(path) ? path : 'page');

function statusOf(error: unknown, presented: GraphQLError): number {
  return error instanceof UnauthenticatedError ? 401 : exportStatusOf(presented);
}

const isJson = (contentType = ''): boolean => /^application\/(graphql\+)?json\s*(;|$)/i.test(contentType);

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
  requestId: string,
) {
  const code = status === 404 ? 'NOT_FOUND' : 'BAD_USER_INPUT';
  sendErrors(request, response, status, [new GraphQLError(message, { extensions: { code, requestId } })]);
}

function sendErrors(request: IncomingMessage, response: ServerResponse, status: number, errors: GraphQLError[]): void {
  const modern = request.headers.accept?.includes('application/graphql-response+json');
  const type = modern ? 'application/graphql-response+json' : 'application/json';
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (Number(request.headers['content-length'] ?? 0) > limits.documentBytes) response.setHeader('Connection', 'close'); // nobody reads the body
  sendJson(response, status, { errors }, type);
}

function sendJson(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.statusCode = status;
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(JSON.stringify(body));
}
