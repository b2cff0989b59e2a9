import type { ApiAnswer } from '../api.ts';
import type { Account } from './account.ts';
import { dateTimeIn } from './daily-calls.ts';
import type { StoredProspect } from './prospects.ts';
import { refused } from './refused.ts';

const pageSize = 200;

/** One prospect, as far behind as reads are. */
export function read(id: number, fields: readonly string[], account: Account): ApiAnswer {
  if (!account.mayRead) return refused('46');
  if (fields.length === 0) return refused('13', 'fields');
  const found = account.prospects.get(id, readAt(account));
  if (!found) return refused('109');
  if (found.isDeleted) return { ...refused('132'), headers: { 'pardot-warning': '201;Record In Recycle Bin' } };
  return { status: 200, body: shown(found, fields, account) };
}

/** Those that are not in the recycle bin; with an address, those that have it. */
export function query(email: string | null, fields: readonly string[], account: Account): ApiAnswer {
  const { prospects, mayRead } = account;
  if (!mayRead) return refused('46');
  if (fields.length === 0) return refused('13', 'fields');
  const unqueryable = fields.find((name) => !account.fields.queryable(name));
  if (unqueryable) return refused('224', unqueryable);
  const found = email === null ? prospects.all(readAt(account)) : prospects.withEmail(email, readAt(account));
  const values = found.filter(({ isDeleted }) => !isDeleted).map((one) => shown(one, fields, account));
  return { status: 200, body: { nextPageToken: null, nextPageUrl: null, values: values.slice(0, pageSize) } };
}

const readAt = ({ context, readLagMs }: Account): number => context.nowMs - readLagMs;

/** What was asked for; blank ones are null. */
export function shown(
  { id, values, lastActivityAt }: StoredProspect,
  fields: readonly string[],
  { timeZone }: Account,
): Record<string, unknown> {
  const at = dateTimeIn(timeZone, lastActivityAt);
  const known: Record<string, unknown> = { ...values, id, updatedAt: at, lastActivityAt: at, createdAt: at };
  return Object.fromEntries(fields.map((name) => [name, known[name] ?? null]));
}

/** A page of what is no prospect; a page token is where it goes on. */
export function page(all: readonly object[], fields: readonly string[], token: string | null): ApiAnswer {
  if (fields.length === 0) return refused('13', 'fields');
  const from = Number(token ?? 0);
  const rows = all.slice(from, from + pageSize) as Record<string, unknown>[];
  const next = from + pageSize < all.length ? String(from + pageSize) : null;
  const values = rows.map((row) => Object.fromEntries(fields.map((name) => [name, row[name] ?? null])));
  return { status: 200, body: { nextPageToken: next, nextPageUrl: next && `?nextPageToken=${next}`, values } };
}
