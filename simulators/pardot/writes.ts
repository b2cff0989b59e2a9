import type { ApiAnswer } from '../api.ts';
import type { Account } from './account.ts';
import { problemOfValue } from './fields.ts';
import { shown } from './reads.ts';
import { refused, refusedInWords } from './refused.ts';

const isObject = (asked: unknown): asked is Record<string, unknown> =>
  typeof asked === 'object' && asked !== null && !Array.isArray(asked);

/** Matches by e-mail address, the prospect with the latest activity first; creates one where there is none. */
export function upsertLatestByEmail(asked: unknown, account: Account): ApiAnswer {
  if (!isObject(asked)) return refused('71');
  const { matchEmail, prospect, secondaryDeletedSearch, fields } = asked;
  if (!isObject(prospect)) return refused('13', 'prospect');
  const email = matchEmail ?? prospect.email;
  const { prospects, context } = account;
  const problem = problemOfEmail(email) ?? problemOf(prospect, String(email), account);
  if (problem) return problem;
  const shown = fieldsOf(fields);
  const unknown = shown.find((name) => !account.fields.readable(name));
  if (unknown) return refused('180', unknown);
  const matches = prospects.withEmail(String(email));
  const match = matches.find(({ isDeleted }) => !isDeleted) ?? (secondaryDeletedSearch ? matches[0] : undefined);
  const id = match?.id ?? prospects.create({ email, ...prospect }, context.nowMs);
  if (match) prospects.update(id, prospect, context.nowMs);
  return written(match ? 200 : 201, id, shown, account);
}

/** Repeated, it makes a second prospect where several may have one address. */
export function create(asked: unknown, fields: readonly string[], account: Account): ApiAnswer {
  if (!isObject(asked)) return refused('71');
  const { prospects, severalPerEmail, context } = account;
  const problem = problemOfEmail(asked.email) ?? problemOf(asked, String(asked.email), account);
  if (problem) return problem;
  if (!severalPerEmail && prospects.withEmail(String(asked.email)).length > 0) return refused('9');
  return written(201, prospects.create(asked, context.nowMs), fields, account);
}

export function update(id: number, asked: unknown, fields: readonly string[], account: Account): ApiAnswer {
  if (!isObject(asked)) return refused('71');
  const { prospects, severalPerEmail, context } = account;
  const known = prospects.get(id);
  const problem = problemOf(asked, String(asked.email ?? known?.email ?? ''), account);
  if (problem) return problem;
  if (!known) return refused('109');
  if (known.isDeleted) return { ...refused('219'), headers: { 'pardot-warning': '201;Record In Recycle Bin' } };
  if (asked.email !== undefined) {
    const taken = prospects.withEmail(String(asked.email)).some((other) => other.id !== id && !other.isDeleted);
    const wrong = problemOfEmail(asked.email) ?? (taken && !severalPerEmail ? refused('54') : null);
    if (wrong) return wrong;
  }
  prospects.update(id, asked, context.nowMs);
  return written(200, id, fields, account);
}

/** Nothing was asked for, or may be read: 204 and no body. */
function written(status: number, id: number, fields: readonly string[], account: Account): ApiAnswer {
  const prospect = account.prospects.get(id);
  const isShown = fields.length > 0 && account.mayRead && prospect;
  return isShown ? { status, body: shown(prospect, fields, account) } : { status: 204 };
}

export function fieldsOf(asked: unknown): string[] {
  const names = typeof asked === 'string' ? asked.split(',') : Array.isArray(asked) ? asked.map(String) : [];
  return names.map((name) => name.trim()).filter(Boolean);
}

function problemOfEmail(email: unknown): ApiAnswer | null {
  const ok = typeof email === 'string' && email.length <= 255 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email);
  return ok ? null : refused('4');
}

function problemOf(given: Record<string, unknown>, email: string, account: Account): ApiAnswer | null {
  const fault = account.context.faultOf(email);
  if (fault) {
    const named = fault.field ? ` (${fault.field})` : '';
    return refusedInWords(fault.code, fault.message ?? `Refused on demand${named}.`);
  }
  for (const [name, value] of Object.entries(given)) {
    const type = account.fields.writable(name);
    if (!type) return refused('180', name);
    const problem = value === null ? null : problemOfValue(type, value);
    if (problem) return refused(problem.code, name);
  }
  const { campaignId } = given;
  if (campaignId != null && !account.campaigns.some(({ id }) => id === campaignId)) return refused('38');
  return null;
}
