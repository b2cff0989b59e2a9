import { and, eq, isNotNull } from 'drizzle-orm';
import { type Db, findDbError, type Tx } from '../db/client.ts';
import { gates, integrations, syncLogs, vendorFlows } from '../db/tables/index.ts';
import { AccountInUseError, NotFoundError, ValidationError, VendorUnavailableError } from '../domain/errors.ts';
import { nameOfVendor, type Vendor } from '../domain/vendors.ts';
import { takeGrant } from './authorizations.ts';
import { type Accepted, type Connect, type Connected, connectionColumns } from './connected.ts';
import type { Connector } from './connectors/connector.ts';
import { connectorOf } from './connectors/registry.ts';
import { changeGate } from './gate.ts';
import { reconnect } from './reconnect.ts';
import { refreshRemoteFields } from './remote-fields.ts';
import { hostsOf, type Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, type Viewer } from './viewer.ts';

/**
 * Checks the credentials with the vendor, then stores them encrypted and lets flow what the mode lets flow. Another account than before means
 * that stored remote ids are ignored and the mode becomes Manual. Admins.
 */
export async function connect(services: Services, viewer: Viewer, input: Connect): Promise<Connected> {
  requireRole(viewer, 'ADMIN');
  const connector = connectorFor(input);
  if (input.integrationId) await requireVendor(services, viewer, input.integrationId, input.vendor);
  const accepted = await checkCredentials(services, viewer, connector, input);
  const connected = await services.db
    .transaction(async (tx) => {
      await refuseAccountInUse(tx, viewer, input, accepted);
      return input.integrationId
        ? reconnect(services, tx, viewer, connector, input.integrationId, input, accepted)
        : create(services, tx, viewer, connector, input, accepted);
    })
    .catch(async (error: unknown) => {
      // Somebody connected the account at the same time and was first: now it can be seen whose it is.
      if (findDbError(error)?.constraint === onePerAccount) {
        await refuseAccountInUse(services.db, viewer, input, accepted);
      }
      throw error;
    });
  await refreshRemoteFields(services, viewer.orgId, connected.integrationId);
  return connected;
}

/** The index that lets an account be connected once in an organization. */
const onePerAccount = 'integrations_one_per_account';

function connectorFor(input: Connect): Connector {
  const connector = connectorOf(input.vendor);
  if (!connector) {
    throw new ValidationError([{ path: 'vendor', message: `${nameOfVendor[input.vendor]} can't be connected yet.` }]);
  }
  const given = input.vendor.toLowerCase();
  if (input.credentials[given] == null) {
    throw new ValidationError([
      { path: 'credentials', message: `expected the credentials of ${input.vendor}, under "${given}".` },
    ]);
  }
  if (input.name != null && (input.name.trim() === '' || input.name.length > 200 || !isStorable(input.name))) {
    throw new ValidationError([{ path: 'name', message: 'expected 1 to 200 characters.' }]);
  }
  return connector;
}

async function requireVendor(services: Services, viewer: Viewer, integrationId: string, vendor: Vendor): Promise<void> {
  const [found] = await services.db
    .select({ vendor: integrations.vendor })
    .from(integrations)
    .where(and(eq(integrations.orgId, viewer.orgId), eq(integrations.id, integrationId)));
  if (!found) throw new NotFoundError('integration');
  if (found.vendor !== vendor) {
    throw new ValidationError([
      { path: 'vendor', message: `this integration is one of ${found.vendor}; create a new one for ${vendor}.` },
    ]);
  }
}

async function checkCredentials(
  services: Services,
  viewer: Viewer,
  connector: Connector,
  input: Connect,
): Promise<Accepted> {
  const answer = await connector.connect(input.credentials[input.vendor.toLowerCase()], {
    http: services.http,
    hosts: hostsOf(services, input.vendor),
    now: () => services.now().getTime(),
    grant: (authorizationId) => takeGrant(services, viewer, input.vendor, authorizationId),
  });
  if (answer.kind === 'unavailable') throw new VendorUnavailableError(answer.message);
  if (answer.kind === 'refused') {
    const path = ['credentials', answer.path && `${input.vendor.toLowerCase()}.${answer.path}`]
      .filter(Boolean)
      .join('.');
    throw new ValidationError([{ path, message: answer.message }]);
  }
  return answer;
}

async function refuseAccountInUse(tx: Db | Tx, viewer: Viewer, input: Connect, accepted: Accepted): Promise<void> {
  const others = await tx
    .select({ id: integrations.id, name: integrations.name })
    .from(integrations)
    .where(
      and(
        eq(integrations.orgId, viewer.orgId),
        eq(integrations.vendor, input.vendor),
        eq(integrations.accountId, accepted.accountId),
        isNotNull(integrations.credentials),
      ),
    );
  const other = others.find((row) => row.id !== input.integrationId);
  if (other) throw new AccountInUseError(other.id, other.name);
}

async function create(
  services: Services,
  tx: Tx,
  viewer: Viewer,
  connector: Connector,
  input: Connect,
  accepted: Accepted,
): Promise<Connected> {
  const { orgId } = viewer;
  const id = services.newId();
  await tx.insert(integrations).values({
    orgId,
    id,
    vendor: input.vendor,
    name: input.name?.trim() || nameOfVendor[input.vendor],
    createdAt: services.now(),
    ...connectionColumns(services, viewer, id, accepted),
  });
  await tx
    .insert(gates)
    .values({ orgId, integrationId: id, connection: 'DISCONNECTED', mapped: connector.worksUnmapped, version: 0 });
  await tx.insert(syncLogs).values({ orgId, integrationId: id });
  await tx.insert(vendorFlows).values({ orgId, integrationId: id, state: 'FLOWING' });
  const { receipt } = await changeGate(services, tx, { orgId, integrationId: id, by: viewer.name }, () => ({
    patch: { connection: 'CONNECTED' },
    notes: [
      { kind: 'CREATED', before: null, after: { vendor: input.vendor, mode: 'AUTOMATIC' } },
      { kind: 'CONNECTED', before: null, after: { account: accepted.accountName } },
    ],
  }));
  return {
    integrationId: id,
    receipt,
    accountChanged: false,
    webhookSecret: accepted.generatedSecret,
    previousSecretUntil: null,
  };
}
