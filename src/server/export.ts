import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { GraphQLError } from 'graphql';
import { errorCategories } from '../domain/error-categories.ts';
import { BadInputError, NotFoundError } from '../domain/errors.ts';
import { reconciliationGroups, syncStatuses } from '../domain/lifecycle.ts';
import { exportPath } from '../schema/export-url.ts';
import { idOf, publicIdOf } from '../schema/ids.ts';
import { type ExportItems, exportItems } from '../sync/export/export-items.ts';
import { syncItemOrders } from '../sync/item-filter.ts';
import type { Services } from '../sync/services.ts';
import { KeyCounter } from './key-counter.ts';
import { limitExceeded, limits } from './limits.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Session } from './sessions.ts';

export { exportPath };

/** The work list as a file: `GET /export/sync-items.csv`, with the arguments of Reconciliation.items as its query. */
export class Exports {
  readonly #services: Services;
  readonly #rateLimit: RateLimit;
  readonly #running = new KeyCounter(limits.exportsPerKey);

  constructor(services: Services, rateLimit: RateLimit) {
    this.#services = services;
    this.#rateLimit = rateLimit;
  }

  /**
   * Sends the file as fast as it is read: a page waits in memory for a slow reader, and nothing else. Ends with the key, with the server, and when
   * the client goes; a file that is not complete ends with the connection. Throws what is wrong before the first byte, with its code.
   */
  async send(request: IncomingMessage, response: ServerResponse, session: Session): Promise<void> {
    const { identity, ended } = session;
    ended.throwIfAborted();
    const limited = this.#rateLimit.take(identity.keyId);
    if (limited) throw limited;
    if (!this.#running.take(identity.keyId)) throw limitExceeded('exportsPerKey');
    try {
      const asked = read(new URLSearchParams(request.url?.split('?')[1] ?? ''));
      const { name, pieces } = await exportItems(this.#services, identity.viewer, asked);
      const header = await pieces.next();
      const first = await pieces.next(); // what breaks the first page is told with a status
      response.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present');
      response.setHeader('Content-Disposition', dispositionOf(name, this.#services.now()));
      response.setHeader('Cache-Control', 'no-store');
      if (request.method === 'HEAD') return void response.end();
      const all = async function* () {
        for (const piece of [header, first]) if (!piece.done) yield piece.value;
        yield* pieces;
      };
      const source = Readable.from(all(), { objectMode: true, highWaterMark: 1 });
      await pipeline(source, response, { signal: ended }).catch((error: unknown) => this.#broke(error, response));
    } finally {
      this.#running.release(identity.keyId);
    }
  }

  /** The status is out: what is left is to cut the connection, so that nobody takes the file for complete. */
  #broke(error: unknown, response: ServerResponse): void {
    const gone = response.destroyed && isGone(error);
    response.destroy();
    if (!gone) this.#services.log.warn({ event: 'export.broken', err: error }, 'an export was cut off');
  }
}

const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ABORT_ERR');

/** @throws BadInputError, NotFoundError */
function read(query: URLSearchParams): ExportItems {
  for (const name of query.keys()) if (!known.has(name)) throw new BadInputError(`${name}: there is no such argument.`);
  const integrationId = idOf('Integration', query.get('integrationId') ?? '');
  if (integrationId === null) throw new NotFoundError('integration');
  const eventId = idGiven(query, 'eventId');
  const order = oneOf(query, 'orderBy', syncItemOrders);
  return {
    integrationId,
    order: order === 'CAPTURED_AT_ASC' ? 'asc' : 'desc',
    byteOrderMark: query.get('bom') === 'true',
    publicIdOf: (itemId) => publicIdOf('SyncItem', itemId),
    filter: {
      eventId,
      group: oneOf(query, 'group', reconciliationGroups),
      status: oneOf(query, 'status', syncStatuses),
      category: oneOf(query, 'category', errorCategories),
      categories: query.has('categories') ? severalOf(query, 'categories', errorCategories) : null,
      remoteField: query.get('remoteField') || null,
      search: query.get('search'),
      capturedFrom: instantOf(query, 'capturedFrom'),
      capturedUntil: instantOf(query, 'capturedUntil'),
    },
  };
}

const known = new Set([
  ...['integrationId', 'eventId', 'group', 'status', 'category', 'categories', 'remoteField', 'search'],
  ...['capturedFrom', 'capturedUntil', 'orderBy', 'bom'],
]);

function idGiven(query: URLSearchParams, name: string): string | null {
  const given = query.get(name);
  if (!given) return null;
  const id = idOf('Event', given);
  if (id === null) throw new NotFoundError('event');
  return id;
}

function oneOf<Word extends string>(query: URLSearchParams, name: string, words: readonly Word[]): Word | null {
  const given = query.get(name);
  if (!given) return null;
  const found = words.find((word) => word === given);
  if (!found) throw new BadInputError(`${name}: expected one of ${words.join(', ')}.`);
  return found;
}

/** Separated by commas, or given several times. */
function severalOf<Word extends string>(query: URLSearchParams, name: string, words: readonly Word[]): Word[] {
  return query
    .getAll(name)
    .flatMap((given) => given.split(','))
    .filter((given) => given !== '')
    .map((given) => {
      const found = words.find((word) => word === given);
      if (!found) throw new BadInputError(`${name}: expected some of ${words.join(', ')}.`);
      return found;
    });
}

function instantOf(query: URLSearchParams, name: string): Date | null {
  const given = query.get(name);
  if (!given) return null;
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(given) ? new Date(given) : null;
  if (!at || Number.isNaN(at.getTime()))
    throw new BadInputError(`${name}: expected an instant such as 2026-05-14T09:30:00Z.`);
  return at;
}

/** A name that every file system takes, and for those that can, the integration's own. */
function dispositionOf(name: string, now: Date): string {
  const day = now.toISOString().slice(0, 10);
  const plain = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  const full = encodeURIComponent(`${name.slice(0, 100)} ${day}.csv`).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="sluice-${plain ? `${plain}-` : ''}${day}.csv"; filename*=UTF-8''${full}`;
}

/** The HTTP status of what is told before the first byte. */
export function exportStatusOf(error: GraphQLError): number {
  const statuses: Record<string, number> = {
    BAD_USER_INPUT: 400,
    NOT_FOUND: 404,
    RATE_LIMITED: 429,
    LIMIT_EXCEEDED: 429,
    UNAVAILABLE: 503,
  };
  return statuses[String(error.extensions.code)] ?? 500;
}
