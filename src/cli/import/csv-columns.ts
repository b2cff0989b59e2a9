import { type LeadField, leadFields } from '../../domain/lead.ts';
import { CliError } from '../cli-error.ts';
import { UnusableCsvError } from './unusable-csv-error.ts';

/** What a column's cells become. `id` is the lead's externalId. */
export type ColumnTarget =
  | { kind: 'field'; field: LeadField }
  | { kind: 'capturedAt' }
  | { kind: 'id' }
  | { kind: 'qualifier'; name: string }
  | { kind: 'attribute'; name: string }
  | { kind: 'ignored' };

export interface Column {
  /** As the header has it. */
  name: string;
  target: ColumnTarget;
}

export interface ColumnOptions {
  /** The column with the caller's own ids. It keeps its other meaning, if it has one: e-mail addresses may be ids. */
  idColumn?: string | undefined;
  /** Column name to target; goes before what the name would say. */
  map?: ReadonlyMap<string, ColumnTarget>;
}

export interface Columns {
  /** In the order of the file. */
  columns: Column[];
  /** Which of them has the ids; null: the leads' contents are their ids. */
  idIndex: number | null;
}

/** Usual names by what they mean, letters and digits only. Where a header has several for one field, the earlier listed is it. */
const synonyms: Record<LeadField | 'capturedAt' | 'externalId', readonly string[]> = {
  firstName: ['firstname', 'givenname', 'forename', 'fname', 'first'],
  lastName: ['lastname', 'surname', 'familyname', 'lname', 'last'],
  email: ['email', 'emailaddress', 'workemail', 'businessemail', 'mail'],
  company: [
    'company',
    'companyname',
    'organization',
    'organisation',
    'organizationname',
    'organisationname',
    'employer',
  ],
  jobTitle: ['jobtitle', 'title', 'position'],
  phone: [
    'phone',
    'phonenumber',
    'telephone',
    'telephonenumber',
    'workphone',
    'businessphone',
    'mobile',
    'mobilephone',
    'mobilenumber',
    'cellphone',
  ],
  capturedAt: ['capturedat', 'capturedon', 'capturedate', 'capturetime', 'scannedat', 'scandate', 'scantime'],
  externalId: ['externalid'],
};

/**
 * Says what each column of a header row is: a field of the lead by its usual names, `qualifier:NAME`, or else an attribute.
 * @throws UnusableCsvError when the row is no header, or does not say clearly what is what
 */
export function resolveColumns(cells: readonly string[], { idColumn, map = new Map() }: ColumnOptions = {}): Columns {
  const header = cells.map((cell) => cell.normalize('NFC').trim().replace(/\s+/g, ' '));
  if (header.some((name) => /\S@\S/.test(name))) {
    throw new UnusableCsvError(
      'has no header row: an e-mail address stands in its first row. Put the names of the columns on top.',
    );
  }
  const mapped = new Map([...map].map(([name, target]) => [indexOfColumn(header, name), target]));
  const namedIdIndex = idColumn === undefined ? null : indexOfColumn(header, idColumn);
  const known = new Map([...knownColumns(header, mapped, namedIdIndex !== null), ...mapped]);
  if (known.size === 0 && namedIdIndex === null) {
    throw new UnusableCsvError(
      'has no header row: no name in its first row is known, like First Name, E-Mail or Company.',
    );
  }
  refuseUnclearNames(header);
  const columns = header.map((name, index): Column => {
    const unknown: ColumnTarget = index === namedIdIndex ? { kind: 'id' } : { kind: 'attribute', name };
    return { name, target: known.get(index) ?? unknown };
  });
  refuseSameTargets(columns);
  const idIndex = columns.findIndex(({ target }) => target.kind === 'id');
  return { columns, idIndex: namedIdIndex ?? (idIndex < 0 ? null : idIndex) };
}

/**
 * Reads the FIELD of `--map COLUMN=FIELD`.
 * @throws CliError (usage) when there is no such field
 */
export function parseTarget(text: string): ColumnTarget {
  const prefixed = parsePrefixed(text);
  if (prefixed) return prefixed;
  const name = text.trim().toLowerCase();
  const field = leadFields.find((candidate) => candidate.toLowerCase() === name);
  if (field) return { kind: 'field', field };
  if (name === 'capturedat') return { kind: 'capturedAt' };
  if (name === 'externalid') return { kind: 'id' };
  if (name === 'ignore') return { kind: 'ignored' };
  const fields = [...leadFields, 'capturedAt', 'externalId', 'qualifier:NAME', 'attribute:NAME', 'ignore'].join(', ');
  throw new CliError(`--map: there is no field "${text}". A column can be mapped to ${fields}.`, 2);
}

/** The column to which a field of LeadInput belongs, by the path of a field error behind `leads.N.`; null when it is none. */
export function columnOfPath(path: string, lead: LeadNames, { columns, idIndex }: Columns): string | null {
  const [field = '', index = ''] = path.split('.');
  if (field === 'externalId') return idIndex === null ? null : (columns[idIndex]?.name ?? null);
  const name = field === 'qualifiers' || field === 'attributes' ? lead[field]?.[Number(index)]?.name : undefined;
  const column = columns.find(({ target }) => {
    if (target.kind === 'field') return target.field === field;
    if (target.kind === 'capturedAt') return field === 'capturedAt';
    if (target.kind === 'qualifier') return field === 'qualifiers' && target.name === name;
    return target.kind === 'attribute' && field === 'attributes' && target.name === name;
  });
  return column?.name ?? null;
}

interface LeadNames {
  qualifiers?: readonly { name: string }[];
  attributes?: readonly { name: string }[];
}

/** Columns that no option and no attribute could be told by. */
function refuseUnclearNames(header: readonly string[]): void {
  for (const [index, name] of header.entries()) {
    if (!name) throw new UnusableCsvError(`has no name for column ${index + 1} in its header row.`);
    const earlier = header.findIndex((other) => caseless(other) === caseless(name));
    if (earlier < index)
      throw new UnusableCsvError(`has the same name for columns ${earlier + 1} and ${index + 1}: rename one.`);
  }
}

/** Columns by their names alone. What is mapped is spoken for: the column, and the field that it became. */
function knownColumns(
  header: readonly string[],
  mapped: ReadonlyMap<number, ColumnTarget>,
  idNamed: boolean,
): Map<number, ColumnTarget> {
  const free = header.map((name, index) => (mapped.has(index) ? '' : plain(name)));
  const taken = new Set([...mapped.values()].map(targetKey));
  const known = new Map<number, ColumnTarget>();
  for (const [index, name] of header.entries()) {
    const prefixed = mapped.has(index) ? null : parsePrefixed(name);
    if (prefixed) known.set(index, prefixed);
  }
  for (const [field, names] of Object.entries(synonyms)) {
    const target = parseTarget(field);
    const name = names.find((candidate) => free.includes(candidate));
    if (!name || taken.has(targetKey(target)) || (target.kind === 'id' && idNamed)) continue;
    for (const [index, candidate] of free.entries()) if (candidate === name) known.set(index, target);
  }
  return known;
}

function parsePrefixed(text: string): ColumnTarget | null {
  const [, prefix, name] = /^\s*(qualifier|attribute)\s*:\s*(\S.*?)\s*$/is.exec(text) ?? [];
  if (!prefix || !name) return null;
  return prefix.toLowerCase() === 'qualifier' ? { kind: 'qualifier', name } : { kind: 'attribute', name };
}

/** Two columns for one thing: which of them counts can't be guessed. */
function refuseSameTargets(columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  for (const { name, target } of columns) {
    if (target.kind === 'ignored') continue;
    const earlier = seen.get(targetKey(target));
    if (earlier !== undefined) {
      throw new UnusableCsvError(
        `has two columns for the same thing, "${earlier}" and "${name}": rename one, or map it.`,
      );
    }
    seen.set(targetKey(target), name);
  }
}

function indexOfColumn(header: readonly string[], name: string): number {
  const index = header.findIndex((column) => caseless(column) === caseless(name.trim()));
  if (index < 0) throw new UnusableCsvError(`has no column "${name}".`);
  return index;
}

const targetKey = (target: ColumnTarget): string => caseless(JSON.stringify(target));

const caseless = (name: string): string => name.normalize('NFC').toLowerCase();

/** First Name, first_name and firstName are one name. */
const plain = (name: string): string => caseless(name).replace(/[^\p{L}\p{M}\p{N}:]/gu, '');
