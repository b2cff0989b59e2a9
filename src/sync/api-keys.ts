import { createHash, randomBytes } from 'node:crypto';
import { and, desc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { apiKeys } from '../db/tables/index.ts';
import { type FieldProblem, NotFoundError, UnauthenticatedError, ValidationError } from '../domain/errors.ts';
import type { Role } from '../domain/roles.ts';
import { findOrganizationByName, type OrganizationServices } from './organizations.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, systemName, type Viewer } from './viewer.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

export interface CreateApiKey {
  name: string;
  role: Role;
  /** Null: until it is revoked. */
  expiresAt?: Date | null | undefined;
}

/** The id of a key, at every change of it: whoever holds sockets of that key looks it up again. */
export const keysChannel = 'sluice_keys';

/** What these use cases need of the services: the command line tool has no more. */
export type KeyServices = OrganizationServices;

/** Creates a key of the viewer's organization. The secret is told here and never again: only its hash is stored. Admins. */
export async function createApiKey(
  services: KeyServices,
  viewer: Viewer,
  input: CreateApiKey,
): Promise<{ id: string; secret: string }> {
  requireRole(viewer, 'ADMIN');
  const name = input.name.trim();
  const expiresAt = input.expiresAt ?? null;
  validate(name, expiresAt, services.now());
  const secret = `slk_${randomBytes(32).toString('base64url')}`;
  const id = services.newId();
  await services.db
    .insert(apiKeys)
    .values(rowOf(services, { id, orgId: viewer.orgId, name, role: input.role, expiresAt, secret, by: viewer.name }));
  return { id, secret };
}

/** Ends a key for good, with every socket and stream that it opened. Once revoked it stays so: a second time changes nothing. Admins. */
export async function revokeApiKey(
  services: Pick<Services, 'db' | 'now'>,
  viewer: Viewer,
  id: string,
): Promise<ApiKeyRow> {
  requireRole(viewer, 'ADMIN');
  return services.db.transaction(async (tx) => {
    const own = and(eq(apiKeys.orgId, viewer.orgId), eq(apiKeys.id, id));
    const [revoked] = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${services.now().toISOString()}::timestamptz)` })
      .where(own)
      .returning();
    if (!revoked) throw new NotFoundError('API key');
    await tx.execute(sql`select pg_notify(${keysChannel}, ${id})`);
    return revoked;
  });
}

/** The organization's keys, revoked ones included, newest first. Admins. */
export async function listApiKeys({ db }: Pick<Services, 'db'>, viewer: Viewer): Promise<ApiKeyRow[]> {
  requireRole(viewer, 'ADMIN');
  return db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.orgId, viewer.orgId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
}

/** The id of the organization that a key belongs to; null: there is no such key. For the command line: the API stays within one organization. */
export async function findOrganizationOfKey({ db }: Pick<Services, 'db'>, id: string): Promise<string | null> {
  const [found] = await db.select({ orgId: apiKeys.orgId }).from(apiKeys).where(eq(apiKeys.id, id));
  return found?.orgId ?? null;
}

/** Who a key belongs to. */
export interface Identity {
  viewer: Viewer;
  keyId: string;
  /** Null: never. */
  expiresAt: Date | null;
}

/** The key was good, and its time is over: its owner renews it and tries again. */
export class ExpiredKeyError extends UnauthenticatedError {
  constructor() {
    super('This API key has expired.');
  }
}

/**
 * Whose key this is. Null: it is unknown or was revoked.
 * @throws ExpiredKeyError
 */
export async function authenticate(services: Pick<Services, 'db' | 'now'>, secret: string): Promise<Identity | null> {
  const [row] = await services.db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hashOf(secret)), isNull(apiKeys.revokedAt)));
  if (!row) return null;
  if (row.expiresAt && row.expiresAt <= services.now()) throw new ExpiredKeyError();
  const viewer: Viewer = { orgId: row.orgId, role: row.role, name: row.name, keyId: row.id };
  return { viewer, keyId: row.id, expiresAt: row.expiresAt };
}

/** Whether anybody could use the server: there is a key, of whatever organization and role. */
export async function hasApiKeys({ db }: Pick<Services, 'db'>): Promise<boolean> {
  const found = await db.select({ id: apiKeys.id }).from(apiKeys).limit(1);
  return found.length > 0;
}

/** Of these keys, those that are revoked or gone. */
export async function listRevoked({ db }: Pick<Services, 'db'>, keyIds: readonly string[]): Promise<string[]> {
  if (keyIds.length === 0) return [];
  const valid = await db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(inArray(apiKeys.id, [...keyIds]), isNull(apiKeys.revokedAt)));
  const validIds = new Set(valid.map(({ id }) => id));
  return keyIds.filter((id) => !validIds.has(id));
}

/** Notes that the key is in use; writes at most once a minute, so it may be called at every request. */
export async function touchApiKey(services: Pick<Services, 'db' | 'now'>, identity: Identity): Promise<void> {
  const now = services.now();
  const aMinuteAgo = new Date(now.getTime() - 60_000);
  const { orgId } = identity.viewer;
  const stale = or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, aMinuteAgo));
  await services.db
    .update(apiKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(apiKeys.orgId, orgId), eq(apiKeys.id, identity.keyId), stale));
}

/** The organization that BOOTSTRAP_API_KEY opens. */
const bootstrapOrganization = 'Default';

/**
 * Creates the organization `Default` with this ADMIN key, so that a fresh server can be used at once. Changes nothing where the organization
 * has an ADMIN key already, though it may be another one: otherwise the variable would bring a revoked key back to life at every start.
 */
export async function bootstrap(services: KeyServices, secret: string): Promise<void> {
  await services.db.transaction(async (tx) => {
    await tx.execute(sql`
      insert into organizations (id, name, created_at)
      values (${services.newId()}, ${bootstrapOrganization}, ${services.now().toISOString()}::timestamptz)
      on conflict do nothing`);
    const organization = await findOrganizationByName({ db: tx }, bootstrapOrganization);
    if (!organization) throw new Error(`the organization ${bootstrapOrganization} is gone`);
    // Several processes may start at once: one of them makes the key, the others wait here and find it.
    await tx.execute(sql`select from organizations where id = ${organization.id} for update`);
    const [admin] = await tx
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(and(eq(apiKeys.orgId, organization.id), eq(apiKeys.role, 'ADMIN')))
      .limit(1);
    if (!admin) await adoptApiKey({ ...services, db: tx }, organization.id, 'Bootstrap', secret);
  });
}

/**
 * Adds an ADMIN key whose secret was chosen elsewhere: for whoever runs the server, no API leads here. One that is stored already stays as it is,
 * revoked or not.
 */
export async function adoptApiKey(services: KeyServices, orgId: string, name: string, secret: string): Promise<void> {
  const key: NewKey = { id: services.newId(), orgId, name, role: 'ADMIN', expiresAt: null, secret, by: systemName };
  await services.db.insert(apiKeys).values(rowOf(services, key)).onConflictDoNothing();
}

interface NewKey {
  id: string;
  orgId: string;
  name: string;
  role: Role;
  expiresAt: Date | null;
  secret: string;
  by: string;
}

function rowOf(services: KeyServices, { secret, by, ...key }: NewKey): typeof apiKeys.$inferInsert {
  return { ...key, prefix: secret.slice(0, 8), hash: hashOf(secret), createdAt: services.now(), createdBy: by };
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

function validate(name: string, expiresAt: Date | null, now: Date): void {
  const problems: FieldProblem[] = [];
  if (name === '' || name.length > 100 || !isStorable(name))
    problems.push({ path: 'name', message: 'expected 1 to 100 characters.' });
  if (expiresAt && expiresAt <= now) problems.push({ path: 'expiresAt', message: 'expected an instant to come.' });
  if (problems.length > 0) throw new ValidationError(problems);
}
