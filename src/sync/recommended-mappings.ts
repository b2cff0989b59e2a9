import type { FieldMapping, RemoteField } from '../domain/mapping.ts';
import type { Vendor } from '../domain/vendors.ts';
import { connectorOf } from './connectors/registry.ts';
import { knownFields } from './remote-fields.ts';
import type { Services } from './services.ts';
import { listFieldMappings, setFieldMappings } from './set-field-mappings.ts';
import type { Viewer } from './viewer.ts';

/** What most accounts of the vendor map, as far as this one has the fields. */
export function recommendedMappings(vendor: Vendor, fields: readonly RemoteField[]): FieldMapping[] {
  const writable = new Set(fields.filter((field) => !field.readOnly).map((field) => field.name));
  return (connectorOf(vendor)?.recommended ?? [])
    .filter(({ remoteField }) => fields.length === 0 || writable.has(remoteField))
    .map((mapping) => ({ ...mapping, writeBehavior: 'OVERWRITE', values: [] }));
}

/** Adds the recommended mappings whose source and field are both free; what is mapped stays. Admins. */
export async function applyRecommendedMappings(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; vendor: Vendor },
): Promise<void> {
  const { integrationId, vendor } = input;
  const known = await knownFields(services, viewer.orgId, integrationId);
  const present = await listFieldMappings(services.db, viewer.orgId, integrationId);
  const isFree = (mapping: FieldMapping) =>
    !present.some(({ source, remoteField }) => source === mapping.source || remoteField === mapping.remoteField);
  const added = recommendedMappings(vendor, known?.fields ?? []).filter(isFree);
  await setFieldMappings(services, viewer, { integrationId, mappings: [...present, ...added] });
}
