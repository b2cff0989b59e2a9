import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { ringDoorbellForAll } from '../db/statements/log.ts';
import { authorizations } from '../db/tables/index.ts';
import { type FieldProblem, ValidationError } from '../domain/errors.ts';
import { nameOfVendor, type Vendor } from '../domain/vendors.ts';
import type { Grant } from './connectors/connector.ts';
import { connectorOf } from './connectors/registry.ts';
import { hostsOf, type Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

export type AuthorizationRow = typeof authorizations.$inferSelect;
export type AuthorizationStatus = 'PENDING' | 'GRANTED' | 'REFUSED' | 'EXPIRED';

/** From the beginning to its use by connect. */
const lifeMs = 10 * 60_000;
const inputMax = 4_000;

const Secrets = z.object({
  clientId: z.string(),
  clientSecret: z.string(),
  codeVerifier: z.string(),
  tokens: z.record(z.string(), z.unknown()).nullable(),
  grantedAt: z.number().nullable(),
});
type Secrets = z.output<typeof Secrets>;

/** Where a sign-in stands. One that nobody finished or used in time has expired. */
export function statusOfAuthorization(row: AuthorizationRow, now: Date): AuthorizationStatus {
  return row.status !== 'REFUSED' && row.usedAt === null && row.expiresAt <= now ? 'EXPIRED' : row.status;
}

/**
 * Begins a sign-in of a person at the vendor with the organization's own app: OAuth 2 authorization code with PKCE. The state in its address is
 * good once, for ten minutes, and what is granted can be used with the same API key only. Returns its id. Admins.
 */
export async function beginAuthorization(
  services: Services,
  viewer: Viewer,
  input: { vendor: Vendor; clientId: string; clientSecret: string; sandbox?: boolean | null | undefined },
  publicUrl: string,
): Promise<string> {
  requireRole(viewer, 'ADMIN');
  const door = connectorOf(input.vendor)?.authorization;
  if (!door) {
    throw new ValidationError([
      {
        path: 'vendor',
        message: `nobody signs in at ${nameOfVendor[input.vendor]}: connect with credentials instead.`,
      },
    ]);
  }
  const clientId = input.clientId.trim();
  const clientSecret = input.clientSecret.trim();
  const problems: FieldProblem[] = [];
  for (const [path, value] of Object.entries({ clientId, clientSecret })) {
    if (value === '' || value.length > inputMax)
      problems.push({ path, message: 'expected that of your app at the vendor.' });
  }
  if (problems.length > 0) throw new ValidationError(problems);

  const id = services.newId();
  const state = randomBytes(32).toString('base64url');
  const codeVerifier = randomBytes(48).toString('base64url');
  const redirectUri = redirectUriOf(publicUrl);
  const sandbox = input.sandbox === true;
  const url = door.url({
    clientId,
    redirectUri,
    sandbox,
    state,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    hosts: hostsOf(services, input.vendor),
  });
  const now = services.now();
  const sealed = seal(services, viewer.orgId, id, {
    clientId,
    clientSecret,
    codeVerifier,
    tokens: null,
    grantedAt: null,
  });
  await services.db.delete(authorizations).where(lt(authorizations.expiresAt, new Date(now.getTime() - lifeMs)));
  await services.db.insert(authorizations).values({
    orgId: viewer.orgId,
    id,
    vendor: input.vendor,
    keyId: viewer.keyId,
    requestedBy: viewer.name,
    stateHash: hashOf(state),
    sandbox,
    redirectUri,
    url,
    ...sealed,
    status: 'PENDING',
    createdAt: now,
    expiresAt: new Date(now.getTime() + lifeMs),
  });
  return id;
}

/** Where vendors send the browser back to, below PUBLIC_URL. */
export const callbackPath = '/oauth/callback';
export const redirectUriOf = (publicUrl: string): string => `${publicUrl}${callbackPath}`;

export type CallbackAnswer = { status: 'GRANTED' | 'REFUSED' | 'UNKNOWN'; message: string };

/**
 * The browser came back from the vendor. Nobody is signed in here: the state says whose sign-in it is, and is spent by this, whatever comes of
 * it. `callback`: the parameters of the address.
 */
export async function finishAuthorization(
  services: Services,
  callback: ReadonlyMap<string, string>,
): Promise<CallbackAnswer> {
  const row = await spendState(services, callback.get('state') ?? '');
  if (!row) {
    return {
      status: 'UNKNOWN',
      message: 'This sign-in is unknown, was finished already, or took longer than ten minutes. Begin again.',
    };
  }
  const outcome = await exchange(services, row, callback);
  await services.db.transaction(async (tx) => {
    const granted = outcome.kind === 'granted';
    await tx
      .update(authorizations)
      .set({
        status: granted ? 'GRANTED' : 'REFUSED',
        problem: granted ? null : outcome.message,
        ...(granted && seal(services, row.orgId, row.id, outcome.secrets)),
      })
      .where(and(eq(authorizations.orgId, row.orgId), eq(authorizations.id, row.id)));
    await ringDoorbellForAll(tx);
  });
  if (outcome.kind !== 'granted') return { status: 'REFUSED', message: outcome.message };
  return { status: 'GRANTED', message: `Signed in at ${nameOfVendor[row.vendor]}.` };
}

/** A state is good once: two browsers that bring the same one are not both served. */
async function spendState(services: Services, state: string): Promise<AuthorizationRow | null> {
  const [row] = await services.db
    .update(authorizations)
    .set({ stateHash: sql`'spent ' || ${authorizations.id}` })
    .where(
      and(
        eq(authorizations.stateHash, hashOf(state)),
        eq(authorizations.status, 'PENDING'),
        gt(authorizations.expiresAt, services.now()),
      ),
    )
    .returning();
  return row ?? null;
}

type Exchanged = { kind: 'granted'; secrets: Secrets } | { kind: 'refused'; message: string };

async function exchange(
  services: Services,
  row: AuthorizationRow,
  callback: ReadonlyMap<string, string>,
): Promise<Exchanged> {
  const vendor = nameOfVendor[row.vendor];
  const door = connectorOf(row.vendor)?.authorization;
  if (!door) return { kind: 'refused', message: `${vendor} can't be connected.` };
  if (!callback.get('code')) {
    // The vendor's words are not shown: anybody can write them into an address.
    const denied = callback.get('error') === 'access_denied';
    return {
      kind: 'refused',
      message: denied ? `The access was not granted at ${vendor}.` : `${vendor} did not grant access.`,
    };
  }
  const secrets = open(services, row);
  const answer = await door.exchange(
    { ...secrets, redirectUri: row.redirectUri, sandbox: row.sandbox, callback },
    { http: services.http, hosts: hostsOf(services, row.vendor), now: () => services.now().getTime() },
  );
  if (answer.kind !== 'granted') return { kind: 'refused', message: answer.message };
  return { kind: 'granted', secrets: { ...secrets, tokens: answer.tokens, grantedAt: services.now().getTime() } };
}

/** Takes what was granted to this API key, once: null when there is no such grant, or it was used or has expired. */
export async function takeGrant(
  services: Services,
  viewer: Viewer,
  vendor: Vendor,
  authorizationId: string,
): Promise<Grant | null> {
  const now = services.now();
  const [row] = await services.db
    .update(authorizations)
    .set({ usedAt: now })
    .where(
      and(
        eq(authorizations.orgId, viewer.orgId),
        eq(authorizations.id, authorizationId),
        eq(authorizations.vendor, vendor),
        viewer.keyId === null ? isNull(authorizations.keyId) : eq(authorizations.keyId, viewer.keyId),
        eq(authorizations.status, 'GRANTED'),
        isNull(authorizations.usedAt),
        gt(authorizations.expiresAt, now),
      ),
    )
    .returning();
  if (!row) return null;
  const { clientId, clientSecret, tokens, grantedAt } = open(services, row);
  const { redirectUri, sandbox } = row;
  return { clientId, clientSecret, redirectUri, sandbox, tokens: tokens ?? {}, grantedAt: grantedAt ?? now.getTime() };
}

/** What a sign-in's secrets are bound to. */
export const authorizationContext = (orgId: string, id: string): string => `${orgId}/authorization/${id}`;

function seal({ vault }: Services, orgId: string, id: string, secrets: Secrets) {
  const sealed = vault.seal(JSON.stringify(secrets), authorizationContext(orgId, id));
  return { secrets: sealed.bytes, secretsKeyId: sealed.keyId };
}

function open({ vault }: Services, row: AuthorizationRow): Secrets {
  const plain = vault.open({ keyId: row.secretsKeyId, bytes: row.secrets }, authorizationContext(row.orgId, row.id));
  return Secrets.parse(JSON.parse(plain));
}

const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex');
