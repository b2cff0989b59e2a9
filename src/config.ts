import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isEmailAddress } from './domain/email-address.ts';
import { type Vendor, vendors } from './domain/vendors.ts';

export const roles = ['all', 'api', 'worker'] as const;
export type ProcessRole = (typeof roles)[number];

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Config {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Where people reach the server, without a slash at the end; null: see urlOfListener. */
  readonly publicUrl: string | null;
  /** null: the embedded PostgreSQL in dataDir. Holds a password. */
  readonly databaseUrl: string | null;
  /** A direct connection for LISTEN, where databaseUrl is a pooler; null: databaseUrl serves. Holds a password. */
  readonly listenDatabaseUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** The first encrypts credentials, all decrypt; 32 bytes each. */
  readonly secretKeys: readonly { readonly id: string; readonly key: Buffer }[];
  readonly graphiql: boolean;
  /** The ADMIN key of the organization `Default`, which is made when there is none. */
  readonly bootstrapApiKey: string | null;
  readonly role: ProcessRole;
  /** The mail server and the sender of notifications; null: no e-mail is sent. Holds a password. */
  readonly smtp: { readonly url: string; readonly from: string } | null;
  readonly allowPrivateNetworks: boolean;
  readonly logLevel: LogLevel;
  /** How long the log of transitions reaches back. */
  readonly logRetentionDays: number;
  /** How long single pushes are kept, with what was sent and answered; 0: they are not. */
  readonly attemptRetentionDays: number;
  /** How long pushes under way may take at shutdown. */
  readonly shutdownSeconds: number;
  /** Stand-ins for vendors with fixed hosts, without a slash at the end, and versions of their APIs. */
  readonly vendorUrls: Readonly<Partial<Record<Vendor, VendorUrls>>>;
}

export interface VendorUrls {
  readonly authUrl: string | null;
  readonly apiUrl: string | null;
  /** Absent: the connector's own. */
  readonly apiVersion?: string;
}

/** Says for every variable that can't be used what was expected, one a line; never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment; the program does so once, at its start. Without SECRET_KEYS a key is generated into DATA_DIR and found again there.
 * @throws ConfigError
 */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const read = parseOrRefuse(variables, environment);
  const dataDir = resolve(read.DATA_DIR);
  return freeze({
    port: read.PORT,
    host: read.HOST,
    publicUrl: read.PUBLIC_URL ?? null,
    databaseUrl: read.DATABASE_URL ?? null,
    listenDatabaseUrl: read.LISTEN_DATABASE_URL ?? null,
    dataDir,
    secretKeys: read.SECRET_KEYS ?? generatedKeys(dataDir),
    graphiql: read.GRAPHIQL,
    bootstrapApiKey: read.BOOTSTRAP_API_KEY ?? null,
    role: read.ROLE,
    smtp: smtpOf(read),
    allowPrivateNetworks: read.ALLOW_PRIVATE_NETWORKS,
    logLevel: read.LOG_LEVEL,
    logRetentionDays: read.LOG_RETENTION_DAYS,
    attemptRetentionDays: read.ATTEMPT_RETENTION_DAYS,
    shutdownSeconds: read.SHUTDOWN_SECONDS,
    vendorUrls: vendorUrlsOf(read),
  });
}

/**
 * Where the data is, for commands that need nothing else.
 * @throws ConfigError
 */
export function loadDatabaseConfig(
  environment: NodeJS.ProcessEnv = process.env,
): Pick<Config, 'databaseUrl' | 'listenDatabaseUrl' | 'dataDir'> {
  const read = parseOrRefuse(databaseVariables, environment);
  return {
    databaseUrl: read.DATABASE_URL ?? null,
    listenDatabaseUrl: read.LISTEN_DATABASE_URL ?? null,
    dataDir: resolve(read.DATA_DIR),
  };
}

/** What PUBLIC_URL is when it is not set: a listener on every address is reached as localhost. */
export function urlOfListener(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function parseOrRefuse<Schema extends z.ZodType>(schema: Schema, environment: NodeJS.ProcessEnv): z.output<Schema> {
  // An empty variable counts as absent: that is how compose files leave one out.
  const given = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

/** A variable that is text until `parse` makes something of it; null: it can't. */
const variable = <Value>(expected: string, parse: (text: string) => Value | null) =>
  z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: 'custom', message: `expected ${expected}` });
    return z.NEVER;
  });

const wholeNumber = (min: number, max: number) =>
  variable(`a whole number from ${min} to ${max}`, (text) =>
    /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : null,
  );

const oneOf = <Word extends string>(words: readonly Word[]) =>
  variable(`one of ${words.join(', ')}`, (text) => words.find((word) => word === text.toLowerCase()) ?? null);

const flag = variable(
  'true or false',
  (text) => ({ true: true, '1': true, false: false, '0': false })[text.toLowerCase()] ?? null,
);

const httpUrl = variable(
  'an address that begins with http:// or https://, without user, query and fragment',
  (text) => {
    const url = URL.parse(text);
    if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) return null;
    return url.href.replace(/\/+$/, '');
  },
);

const databaseUrl = variable('an address of the form postgres://user:password@host:port/database', (text) => {
  const url = URL.parse(text);
  return url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1 ? text : null;
});

const smtpUrl = variable('an address of the form smtp://user:password@host:port, or smtps://', (text) => {
  const url = URL.parse(text);
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname || url.search || url.hash) return null;
  if (!/^\/?$/.test(url.pathname) || Boolean(url.username) !== Boolean(url.password)) return null;
  return [url.username, url.password].every(isDecodable) ? text : null;
});

const sender = variable('an e-mail address, or a name and an address as in "Sluice <sluice@example.com>"', (text) => {
  const [, address = ''] = /^(?:[^<>"\p{Cc}]* <([^<>]+)>)$/u.exec(text) ?? [null, text];
  return isEmailAddress(address) ? text : null;
});

const expectedKeys =
  'id:base64, several separated by commas; ids of letters, digits, - and _, each once; keys of 32 bytes (openssl rand -base64 32)';
const secretKeys = variable(expectedKeys, parseKeys);

const vendorUrlNames = vendors.flatMap((vendor) => [`${vendor}_AUTH_URL`, `${vendor}_API_URL`] as const);

const databaseVariables = z.object({
  DATABASE_URL: databaseUrl.optional(),
  LISTEN_DATABASE_URL: databaseUrl.optional(),
  DATA_DIR: z.string().default('./.data'),
});

const variables = z
  .object({
    ...databaseVariables.shape,
    PORT: wholeNumber(0, 65_535).default(4_000),
    HOST: variable('a host name or an address', (text) => (/^[\w.:-]+$/.test(text) ? text : null)).default('127.0.0.1'),
    PUBLIC_URL: httpUrl.optional(),
    SECRET_KEYS: secretKeys.optional(),
    GRAPHIQL: flag.default(true),
    BOOTSTRAP_API_KEY: variable('16 to 200 characters without spaces', (text) =>
      /^[\x21-\x7e]{16,200}$/.test(text) ? text : null,
    ).optional(),
    ROLE: oneOf(roles).default('all'),
    SMTP_URL: smtpUrl.optional(),
    NOTIFICATION_FROM: sender.optional(),
    ALLOW_PRIVATE_NETWORKS: flag.default(false),
    LOG_LEVEL: oneOf(logLevels).default('info'),
    LOG_RETENTION_DAYS: wholeNumber(1, 3_650).default(90),
    ATTEMPT_RETENTION_DAYS: wholeNumber(0, 3_650).default(30),
    SHUTDOWN_SECONDS: wholeNumber(1, 600).default(20),
    HUBSPOT_API_VERSION: variable('v3 or a dated version such as 2026-03', (text) =>
      /^(v3|\d{4}-\d{2})$/.test(text) ? text : null,
    ).optional(),
    ...fromNames(vendorUrlNames),
  })
  .check(({ value, issues }) => {
    const refuse = (name: string, message: string) =>
      issues.push({ code: 'custom', path: [name], message, input: undefined });
    if (value.DATABASE_URL && !value.SECRET_KEYS)
      refuse('SECRET_KEYS', `required with DATABASE_URL; expected ${expectedKeys}`);
    if (value.LISTEN_DATABASE_URL && !value.DATABASE_URL)
      refuse('LISTEN_DATABASE_URL', 'has no meaning without DATABASE_URL');
    if (value.SMTP_URL && !value.NOTIFICATION_FROM) refuse('NOTIFICATION_FROM', 'required with SMTP_URL');
    if (value.NOTIFICATION_FROM && !value.SMTP_URL) refuse('NOTIFICATION_FROM', 'has no meaning without SMTP_URL');
    if (value.ALLOW_PRIVATE_NETWORKS) return;
    for (const name of vendorUrlNames) if (value[name]) refuse(name, 'only allowed with ALLOW_PRIVATE_NETWORKS=true');
  });

function fromNames<Name extends string>(names: readonly Name[]) {
  const optionalUrl = httpUrl.optional();
  return Object.fromEntries(names.map((name) => [name, optionalUrl])) as Record<Name, typeof optionalUrl>;
}

function smtpOf({ SMTP_URL: url, NOTIFICATION_FROM: from }: z.output<typeof variables>): Config['smtp'] {
  return url && from ? { url, from } : null;
}

/** Whether percent signs in it are escapes. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function vendorUrlsOf(read: z.output<typeof variables>): Config['vendorUrls'] {
  const urls: Partial<Record<Vendor, VendorUrls>> = {};
  for (const vendor of vendors) {
    const authUrl = read[`${vendor}_AUTH_URL`] ?? null;
    const apiUrl = read[`${vendor}_API_URL`] ?? null;
    const apiVersion = vendor === 'HUBSPOT' ? read.HUBSPOT_API_VERSION : undefined;
    if (authUrl || apiUrl || apiVersion) urls[vendor] = { authUrl, apiUrl, ...(apiVersion && { apiVersion }) };
  }
  return urls;
}

function parseKeys(text: string): Config['secretKeys'] | null {
  const keys = text.split(',').map((part) => {
    const match = /^\s*([\w-]{1,64}):([A-Za-z0-9+/_-]{43}=?)\s*$/.exec(part);
    return match?.[1] && match[2] ? { id: match[1], key: Buffer.from(match[2], 'base64') } : null;
  });
  const valid = keys.filter((key) => key !== null);
  const ids = new Set(valid.map(({ id }) => id));
  return valid.length === keys.length && ids.size === keys.length ? valid : null;
}

/** Made once, whoever comes first: a process that loses the race reads the winner's. Lost with the folder, as the data they protect. */
function generatedKeys(dataDir: string): Config['secretKeys'] {
  const path = join(dataDir, 'secret-keys');
  const fresh = `${path}.${process.pid}`;
  try {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(fresh, `generated:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(fresh, path); // whole or not at all, and never over an older one
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(fresh, { force: true });
    }
    const keys = parseKeys(readFileSync(path, 'utf8').trim());
    if (keys) return keys;
  } catch (error) {
    throw new ConfigError(
      `SECRET_KEYS: not set, and ${path} can't be used (${codeOf(error)}). Set SECRET_KEYS, or DATA_DIR to a folder that can be written.`,
    );
  }
  throw new ConfigError(
    `SECRET_KEYS: not set, and ${path} does not hold ${expectedKeys}. Restore it: what it encrypted can't be read without.`,
  );
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

function freeze(config: Config): Config {
  for (const urls of Object.values(config.vendorUrls)) Object.freeze(urls);
  for (const key of config.secretKeys) Object.freeze(key);
  Object.freeze(config.vendorUrls);
  Object.freeze(config.secretKeys);
  Object.freeze(config.smtp);
  return Object.freeze(config);
}
