import { eq, sql } from 'drizzle-orm';
import { organizations } from '../db/tables/index.ts';
import { ValidationError } from '../domain/errors.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';

export type OrganizationRow = typeof organizations.$inferSelect;

/** Creates a tenant; its name is unique, whatever the case. For whoever runs the server: no API leads here. Returns its id. */
export async function createOrganization(services: OrganizationServices, name: string): Promise<string> {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > 100 || !isStorable(trimmed)) {
    throw new ValidationError([{ path: 'name', message: 'expected 1 to 100 characters.' }]);
  }
  const id = services.newId();
  const [created] = await services.db
    .insert(organizations)
    .values({ id, name: trimmed, createdAt: services.now() })
    .onConflictDoNothing()
    .returning({ id: organizations.id });
  if (!created) throw new ValidationError([{ path: 'name', message: 'an organization of this name exists already.' }]);
  return id;
}

/** All of them, by name. */
export function listOrganizations({ db }: Pick<Services, 'db'>): Promise<OrganizationRow[]> {
  return db.select().from(organizations).orderBy(organizations.name, organizations.id);
}

/** The organization of that name, whatever the case; null when there is none. */
export async function findOrganizationByName(
  { db }: Pick<Services, 'db'>,
  name: string,
): Promise<OrganizationRow | null> {
  const [found] = await db
    .select()
    .from(organizations)
    .where(eq(sql`lower(${organizations.name})`, sql`lower(${name.trim()})`));
  return found ?? null;
}

/** What these use cases need of the services: the command line tool has no more. */
export type OrganizationServices = Pick<Services, 'db' | 'now' | 'newId'>;
