import type { Tx } from '../../db/client.ts';
import { ringRunners } from '../../db/statements/operations.ts';
import { type OperationKind, operations } from '../../db/tables/index.ts';
import type { Services } from '../services.ts';
import type { Viewer } from '../viewer.ts';

export interface NewOperation {
  kind: OperationKind;
  /** Null: all of the organization. */
  integrationId: string | null;
  eventId?: string | null;
  /** What the handler works by. Nothing personal: it is kept. */
  input: object;
  /** Null: the first steps find out. */
  total?: number | null;
  /** A process that works on it itself, and may be presumed dead after so many seconds; absent: a worker takes it at once. */
  owner?: { id: string; leaseSeconds: number };
}

/** Adds an operation to what the workers do, from the commit of the transaction on. Checks nothing: the use case has. Returns its id. */
export async function startOperation(
  services: Pick<Services, 'now' | 'newId'>,
  tx: Tx,
  viewer: Pick<Viewer, 'orgId' | 'name'>,
  { kind, integrationId, eventId = null, input, total = null, owner }: NewOperation,
): Promise<string> {
  const id = services.newId();
  await tx.insert(operations).values({
    orgId: viewer.orgId,
    id,
    kind,
    integrationId,
    eventId,
    status: 'RUNNING',
    requestedAt: services.now(),
    requestedBy: viewer.name,
    input,
    progress: {},
    total,
    ...(owner && { owner: owner.id, ownedUntil: new Date(services.now().getTime() + owner.leaseSeconds * 1_000) }),
  });
  await ringRunners(tx, null);
  return id;
}
