import type { FieldProblem } from '../domain/errors.ts';
import type { FieldMapping, RemoteField } from '../domain/mapping.ts';
import type { Vendor } from '../domain/vendors.ts';
import { connectorOf } from './connectors/registry.ts';
import type { Services } from './services.ts';
import { changeFieldMappings } from './set-field-mappings.ts';
import type { Viewer } from './viewer.ts';

/** What most accounts of the vendor map, as far as this one has the fields. */
export function recommendedMappings(vendor: Vendor, fields: readonly RemoteField[]): FieldMapping[] {
  const writable = new Set(fields.filter((field) => !field.readOnly).map((field) => field.name));
  return (connectorOf(vendor)?.recommended ?? [])
    .filter(({ remoteField }) => fields.length === 0 || writable.has(remoteField))
    .map((mapping) => ({ ...mapping, writeBehavior: 'OVERWRITE', values: [] }));
}

/** Adds the recommended mappings whose source and field are both free; what is mapped stays. Returns as setFieldMappings. Admins. */
export function applyRecommendedMappings(
  services: Services,
  viewer: Viewer,
  { integrationId }: { integrationId: string },
): Promise<FieldProblem[]> {
  return changeFieldMappings(services, viewer, integrationId, ({ vendor, mappings, fields }) => {
    const isFree = (one: FieldMapping) =>
      !mappings.some(({ source, remoteField }) => source === one.source || remoteField === one.remoteField);
    return [...mappings, ...recommendedMappings(vendor, fields).filter(isFree)];
  });
}
