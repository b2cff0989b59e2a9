import type { Org, Problem, SalesforceRecord } from './org.ts';

export type QueryAnswer =
  | { kind: 'records'; object: string; records: Record<string, unknown>[] }
  | { kind: 'refused'; problem: Problem };

const refused = (code: string, message: string): QueryAnswer => ({ kind: 'refused', problem: { code, message } });

type Condition = { field: string; fits(value: unknown): boolean };

/** Answers what is needed of SOQL: one object, conditions joined by AND, ORDER BY one field, LIMIT. */
export function runQuery(soql: string, org: Org): QueryAnswer {
  const parts =
    /^\s*SELECT\s+(?<fields>[\w.,\s]+?)\s+FROM\s+(?<object>\w+)(?:\s+WHERE\s+(?<where>.+?))?(?:\s+ORDER\s+BY\s+(?<order>\w+)(?<down>\s+DESC)?(?:\s+ASC)?)?(?:\s+LIMIT\s+(?<limit>\d+))?\s*$/is.exec(
      soql,
    )?.groups;
  if (!parts) return refused('MALFORMED_QUERY', `unexpected token: '${soql.slice(0, 40)}'`);
  const { object = '', where, order, limit } = parts;
  if (!org.fields[object]) return refused('INVALID_TYPE', `sObject type '${object}' is not supported.`);
  const conditions = where === undefined ? [] : conditionsOf(where);
  if (!conditions) return refused('MALFORMED_QUERY', `unexpected token in: ${where}`);
  const names = (parts.fields ?? '').split(',').map((name) => name.trim());
  for (const name of [...names, ...conditions.map(({ field }) => field), ...(order ? [order] : [])]) {
    if (org.field(object, name)) continue;
    const words = `ERROR at Row:1:Column:8\nNo such column '${name}' on entity '${object}'.`;
    return refused('INVALID_FIELD', words);
  }
  const columnOf = (name: string) => org.field(object, name)?.name ?? name;
  const found = org
    .all(object)
    .filter((record) => conditions.every(({ field, fits }) => fits(columnIn(record, columnOf(field)))));
  if (order) found.sort((one, other) => compare(one[columnOf(order)], other[columnOf(order)]) * (parts.down ? -1 : 1));
  const records = found.slice(0, limit === undefined ? undefined : Number(limit)).map((record) => ({
    attributes: { type: object, url: `/services/data/v67.0/sobjects/${object}/${record.Id}` },
    ...Object.fromEntries(names.map((name) => [columnOf(name), columnIn(record, columnOf(name))])),
  }));
  return { kind: 'records', object, records };
}

const columnIn = (record: SalesforceRecord, column: string): unknown =>
  record[column] ?? (/^Is[A-Z]/.test(column) ? false : null);

const compare = (one: unknown, other: unknown): number => String(one ?? '').localeCompare(String(other ?? ''));

const literal = String.raw`'(?:[^'\\]|\\.)*'|true|false|null|-?\d+(?:\.\d+)?`;
const condition = new RegExp(
  String.raw`^\s*(?<field>\w+)\s*(?:(?<operator>=|!=|LIKE)\s*(?<value>${literal})|IN\s*\(\s*(?<list>(?:${literal})(?:\s*,\s*(?:${literal}))*)\s*\))\s*(?<more>AND\s+|$)`,
  'i',
);

/** Null: not understood. */
function conditionsOf(where: string): Condition[] | null {
  const conditions: Condition[] = [];
  let rest = where;
  while (rest.trim() !== '') {
    const match = condition.exec(rest);
    if (!match?.groups) return null;
    conditions.push(conditionOf(match.groups));
    rest = rest.slice(match[0].length);
  }
  return conditions;
}

function conditionOf({ field = '', operator, value = '', list }: Record<string, string | undefined>): Condition {
  if (list !== undefined) {
    const values = (list.match(new RegExp(literal, 'gi')) ?? []).map(read);
    const texts = new Set(values.map((value) => (typeof value === 'string' ? value.toLowerCase() : value)));
    const inSet = (found: unknown) =>
      typeof found === 'string' &&
      (texts.has(found.toLowerCase()) || (/^\w{18}$/.test(found) && texts.has(found.slice(0, 15).toLowerCase())));
    return {
      field,
      fits: (found) => inSet(found) || (typeof found !== 'string' && values.some((one) => isSame(one, found))),
    };
  }
  if (operator?.toUpperCase() === 'LIKE') {
    const pattern = likePattern(value.slice(1, -1));
    return { field, fits: (found) => pattern.test(String(found ?? '')) };
  }
  const wanted = read(value);
  return { field, fits: (found) => isSame(wanted, found) === (operator === '=') };
}

function read(text: string): unknown {
  if (text.startsWith("'")) return text.slice(1, -1).replace(/\\(.)/g, '$1');
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^null$/i.test(text) ? null : Number(text);
}

/** Text is compared without regard to case, ids in either length. */
function isSame(wanted: unknown, found: unknown): boolean {
  if (typeof wanted === 'number') return Number(found) === wanted && found !== null;
  if (typeof wanted !== 'string' || typeof found !== 'string') return wanted === found;
  return wanted.toLowerCase() === found.toLowerCase() || (/^\w{15}$/.test(wanted) && found.startsWith(wanted));
}

function likePattern(text: string): RegExp {
  const escaped = text.replace(/\\(.)|[%_]|[.*+?^${}()|[\]]/g, (token, quoted: string | undefined) => {
    if (quoted !== undefined) return quoted.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    if (token === '%') return '.*';
    return token === '_' ? '.' : `\\${token}`;
  });
  return new RegExp(`^${escaped}$`, 'is');
}
