import { listCapturedSources } from '../db/statements/mapping-sources.ts';
import { leadFields } from '../domain/lead.ts';
import type { Services } from './services.ts';
import { requireRole, type Viewer } from './viewer.ts';

/** What can be mapped: as FieldMapping.source names it, and of a qualifier the values that were answered. */
export interface MappingSourceOption {
  source: string;
  values: string[];
}

/** The lead's own fields, then the qualifiers and attributes that leads of the organization carry. Whoever may read. */
export async function listMappingSources(services: Services, viewer: Viewer): Promise<MappingSourceOption[]> {
  requireRole(viewer, 'VIEWER');
  const captured = await listCapturedSources(services.db, viewer.orgId);
  return [
    ...leadFields.map((source) => ({ source, values: [] })),
    ...captured.map(({ kind, name, values }) => ({ source: `${kind}:${name}`, values })),
  ];
}
