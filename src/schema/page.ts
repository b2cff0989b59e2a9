import { type HistoryPlace, historyRanks } from '../db/statements/item-history.ts';
import { BadInputError } from '../domain/errors.ts';
import { builder } from './builder.ts';
import { isDay } from './scalars.ts';

/** Most edges of a page. */
const pageMax = 100;

export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
}

/** What was asked for, checked: `limit` is one more than the page, to see whether there is more. */
export interface AskedPage<Key> {
  first: number;
  limit: number;
  after: Key | null;
}

/** How the place of an edge in a list is written into its cursor, which is opaque to clients. */
export interface EdgeCursor<Key> {
  encode(key: Key): string;
  /** Throws BadInputError for what is no cursor of such a list. */
  decode(cursor: string): Key;
}

/** `read` gives null for parts that are no key. */
function edgeCursor<Key>(
  list: string,
  write: (key: Key) => string[],
  read: (parts: string[]) => Key | null,
): EdgeCursor<Key> {
  const encode = (key: Key) => Buffer.from([list, ...write(key)].join('|')).toString('base64url');
  return {
    encode,
    decode(cursor) {
      const [name, ...parts] = Buffer.from(cursor, 'base64url').toString('utf8').split('|');
      const key = name === list ? read(parts) : null;
      if (key === null || encode(key) !== cursor) {
        throw new BadInputError('after: this is no cursor of this list. Hand back an endCursor as it was given.');
      }
      return key;
    },
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const isUuid = (text: string | undefined): text is string => text !== undefined && uuid.test(text);
/** Milliseconds of the instants that an answer can name. */
const instantRange = { min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') };

export const itemCursor = edgeCursor<{ capturedAt: Date; id: string }>(
  'items',
  ({ capturedAt, id }) => [String(capturedAt.getTime()), id],
  ([digits = '', id]) => {
    const ms = Number(digits);
    if (!/^-?\d{1,15}$/.test(digits) || ms < instantRange.min || ms > instantRange.max || !isUuid(id)) return null;
    return { capturedAt: new Date(ms), id };
  },
);

export const eventCursor = edgeCursor<{ startsOn: string | null; id: string }>(
  'events',
  ({ startsOn, id }) => [startsOn ?? '', id],
  ([startsOn = '', id]) => {
    if (!isUuid(id) || (startsOn !== '' && !isDay(startsOn))) return null;
    return { startsOn: startsOn === '' ? null : startsOn, id };
  },
);

const idCursor = (list: string) =>
  edgeCursor<string>(
    list,
    (id) => [id],
    ([id]) => (isUuid(id) ? id : null),
  );
export const retryCursor = idCursor('retries');
export const changeCursor = idCursor('changes');
export const verificationCursor = idCursor('verifications');
export const backfillCursor = idCursor('backfills');

const numberCursor = (list: string) =>
  edgeCursor<number>(
    list,
    (n) => [String(n)],
    ([digits = '']) => (/^\d{1,15}$/.test(digits) ? Number(digits) : null),
  );
export const timelineCursor = numberCursor('timeline');
export const findingCursor = numberCursor('findings');
export const attemptCursor = numberCursor('attempts');

export const historyCursor = edgeCursor<HistoryPlace>(
  'history',
  ({ position, rank, id }) => [String(position), String(rank), id],
  ([digits = '', digit = '', id = '']) => {
    const rank = Object.values(historyRanks).find((one) => String(one) === digit);
    if (!/^\d{1,15}$/.test(digits) || rank === undefined) return null;
    if (rank === historyRanks.CHANGE ? !isUuid(id) : id !== '') return null;
    return { position: Number(digits), rank, id };
  },
);

/** Throws BadInputError for a page size outside of 0 to 100, or a cursor that is none. */
export function askPage<Key>(args: PageArgs, firstByDefault: number, cursor: EdgeCursor<Key>): AskedPage<Key> {
  const first = args.first ?? firstByDefault;
  if (first < 0 || first > pageMax) {
    throw new BadInputError(`first: expected 0 to ${pageMax}, got ${first}. Page through longer lists with after.`);
  }
  return { first, limit: first + 1, after: args.after == null ? null : cursor.decode(args.after) };
}

/** A connection of what was read with `asked.limit`. */
export function pageOf<Row, Key>(
  rows: readonly Row[],
  asked: Pick<AskedPage<Key>, 'first' | 'after'>,
  cursor: EdgeCursor<Key>,
  keyOf: (row: Row) => Key,
) {
  const edges = rows.slice(0, asked.first).map((row) => ({ cursor: cursor.encode(keyOf(row)), node: row }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > asked.first,
      hasPreviousPage: asked.after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** The arguments of a list in pages. */
export function pageArgs(firstByDefault: number) {
  return builder.args((t) => ({
    first: t.int({
      defaultValue: firstByDefault,
      description: `Size of the page: 0 to ${pageMax}, else BAD_USER_INPUT.`,
    }),
    after: t.string({ description: 'The `endCursor` of the page before; absent for the first page.' }),
  }));
}

/** What a list in pages costs: a page's worth of what is asked of each node. */
export const pageCost = (args: object) => {
  const first = 'first' in args && typeof args.first === 'number' ? args.first : pageMax;
  return { field: 1, multiplier: Math.min(pageMax, Math.max(1, first)) };
};
