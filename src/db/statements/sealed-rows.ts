import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../client.ts';
import { rowsOf } from '../rows.ts';

/** What the vault encrypts. */
export const sealedKinds = ['credentials', 'authorization', 'notificationWebhook'] as const;
export type SealedKind = (typeof sealedKinds)[number];

interface SealedColumn {
  table: SQL;
  bytes: SQL;
  keyId: SQL;
  /** Whose it is, for people. */
  name: SQL;
  /** Rows that hold something that may still be opened. */
  where: SQL;
}

const columns: Record<SealedKind, SealedColumn> = {
  credentials: {
    table: sql`integrations`,
    bytes: sql`credentials`,
    keyId: sql`credentials_key_id`,
    name: sql`t.name`,
    where: sql`t.credentials is not null`,
  },
  authorization: {
    table: sql`authorizations`,
    bytes: sql`secrets`,
    keyId: sql`secrets_key_id`,
    name: sql`t.vendor`,
    where: sql`t.expires_at > sluice_now()`, // nobody opens the others any more, and they are deleted
  },
  notificationWebhook: {
    table: sql`notification_rules`,
    bytes: sql`url`,
    keyId: sql`url_key_id`,
    name: sql`t.name`,
    where: sql`t.url is not null`,
  },
};

const SealedRow = z.object({
  orgId: z.string(),
  id: z.string(),
  organization: z.string(),
  name: z.string(),
  keyId: z.string(),
  bytes: z.instanceof(Buffer),
});
export type SealedRow = z.output<typeof SealedRow>;

/** The rows after this one in the order of their keys; null: from the beginning. Locks nothing. */
export function listSealedRows(
  db: Db,
  kind: SealedKind,
  after: Pick<SealedRow, 'orgId' | 'id'> | null,
  limit: number,
): Promise<SealedRow[]> {
  return select(db, kind, after ? sql`(t.org_id, t.id) > (${after.orgId}, ${after.id})` : sql`true`, limit);
}

/** The row as it is now; null: it is gone, or holds nothing any more. */
export async function findSealedRow(
  db: Db,
  kind: SealedKind,
  { orgId, id }: Pick<SealedRow, 'orgId' | 'id'>,
): Promise<SealedRow | null> {
  const [row] = await select(db, kind, sql`t.org_id = ${orgId} and t.id = ${id}`, 1);
  return row ?? null;
}

function select(db: Db, kind: SealedKind, which: SQL, limit: number): Promise<SealedRow[]> {
  const { table, bytes, keyId, name, where } = columns[kind];
  return rowsOf(
    SealedRow,
    db.execute(sql`
      select t.org_id as "orgId", t.id, o.name as organization, ${name} as name, t.${keyId} as "keyId", t.${bytes} as bytes
      from ${table} t join organizations o on o.id = t.org_id
      where ${where} and ${which} order by t.org_id, t.id limit ${limit}`),
  );
}

/** Puts other bytes in the place of those that were read. False: somebody has written the row meanwhile, and it stays as they wrote it. */
export async function replaceSealed(
  db: Db,
  kind: SealedKind,
  row: SealedRow,
  sealed: { keyId: string; bytes: Buffer },
): Promise<boolean> {
  const { table, bytes, keyId } = columns[kind];
  const replaced = await rowsOf(
    z.object({ id: z.string() }),
    db.execute(sql`
      update ${table} set ${bytes} = ${sealed.bytes}, ${keyId} = ${sealed.keyId}
      where org_id = ${row.orgId} and id = ${row.id} and ${bytes} = ${row.bytes} and ${keyId} = ${row.keyId}
      returning id`),
  );
  return replaced.length > 0;
}
