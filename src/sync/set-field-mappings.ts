import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { fieldMappings, integrations, remoteFields } from '../db/tables/index.ts';
import { type FieldProblem, NotFoundError, ValidationError } from '../domain/errors.ts';
import { type FieldMapping, parseSource, type RemoteField } from '../domain/mapping.ts';
import { nameOfVendor } from '../domain/vendors.ts';
import { connectorOf } from './connectors/registry.ts';
import { type ChangeNote, changeGate } from './gate.ts';
import { recordChange } from './record-change.ts';
import type { Services } from './services.ts';
import { isStorable } from './text.ts';
import { requireRole, type Viewer } from './viewer.ts';

const mappingsMax = 500;
const nameMax = 255;

/**
 * Replaces all mappings of the integration. They apply to every push from then on, to leads that wait already as well. The first mapping ends
 * NO_MAPPING, removing the last begins it, and both raise the setting's version. Admins.
 */
export async function setFieldMappings(
  services: Services,
  viewer: Viewer,
  input: { integrationId: string; mappings: FieldMapping[] },
): Promise<void> {
  requireRole(viewer, 'ADMIN');
  const { orgId } = viewer;
  const { integrationId } = input;
  await services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, orgId, integrationId);
    const [integration] = await tx
      .select({ vendor: integrations.vendor })
      .from(integrations)
      .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
    if (!gate || !integration) throw new NotFoundError('integration');
    const connector = connectorOf(integration.vendor);
    const before = await listFieldMappings(tx, orgId, integrationId);
    if (isDeepStrictEqual(before, input.mappings)) return;
    validate(input.mappings, connector?.canWriteIfBlank ? null : nameOfVendor[integration.vendor]);
    validateAgainstVendor(input.mappings, before, await listKnownFields(tx, orgId, integrationId));
    await tx
      .delete(fieldMappings)
      .where(and(eq(fieldMappings.orgId, orgId), eq(fieldMappings.integrationId, integrationId)));
    if (input.mappings.length > 0) {
      await tx
        .insert(fieldMappings)
        .values(input.mappings.map((mapping, place) => ({ orgId, integrationId, place, ...mapping })));
    }
    const note: ChangeNote = { kind: 'MAPPING_CHANGED', before, after: input.mappings };
    const mapped = input.mappings.length > 0 || connector?.worksUnmapped === true;
    if (mapped !== gate.mapped) {
      await changeGate(services, tx, { orgId, integrationId, by: viewer.name }, () => ({
        patch: { mapped },
        notes: [note],
      }));
    } else {
      await recordChange(services, tx, viewer, gate, note);
    }
  });
}

/** The mappings in the order of the Mapping tab. */
export async function listFieldMappings(
  tx: Tx | Services['db'],
  orgId: string,
  integrationId: string,
): Promise<FieldMapping[]> {
  return tx
    .select({
      source: fieldMappings.source,
      remoteField: fieldMappings.remoteField,
      writeBehavior: fieldMappings.writeBehavior,
      values: fieldMappings.values,
    })
    .from(fieldMappings)
    .where(and(eq(fieldMappings.orgId, orgId), eq(fieldMappings.integrationId, integrationId)))
    .orderBy(asc(fieldMappings.place));
}

async function listKnownFields(tx: Tx, orgId: string, integrationId: string): Promise<readonly RemoteField[]> {
  const [known] = await tx
    .select({ fields: remoteFields.fields })
    .from(remoteFields)
    .where(and(eq(remoteFields.orgId, orgId), eq(remoteFields.integrationId, integrationId)));
  return known?.fields ?? [];
}

/**
 * What the vendor's fields, as last read, say against the mappings. A mapping that is there already is not refused for a field that vanished since:
 * it could not even be kept while another is mended. Fields that were never read refuse nothing.
 */
function validateAgainstVendor(
  mappings: readonly FieldMapping[],
  before: readonly FieldMapping[],
  fields: readonly RemoteField[],
): void {
  if (fields.length === 0) return;
  const byName = new Map(fields.map((field) => [field.name, field]));
  const problems = mappings.flatMap((mapping, index): FieldProblem[] => {
    if (before.some((kept) => isDeepStrictEqual(kept, mapping))) return [];
    const path = `mappings.${index}`;
    const field = byName.get(mapping.remoteField);
    if (!field) {
      return [
        {
          path: `${path}.remoteField`,
          message: 'there is no such field at the vendor. Refresh the fields if it is new there.',
        },
      ];
    }
    if (field.readOnly)
      return [{ path: `${path}.remoteField`, message: 'is read-only at the vendor: choose another field.' }];
    const { options } = field;
    if (!options || options.length === 0) return [];
    return mapping.values
      .filter(({ remoteValue }) => !options.includes(remoteValue))
      .map(({ value }) => ({
        path: `${path}.values`,
        message: `the value "${value}" is mapped to what is none of the field's options: ${options.slice(0, 20).join(', ')}.`,
      }));
  });
  if (problems.length > 0) throw new ValidationError(problems);
}

/** @param overwriteOnly the vendor that can't do WRITE_IF_BLANK, or null */
function validate(mappings: FieldMapping[], overwriteOnly: string | null): void {
  const problems: FieldProblem[] = [];
  if (mappings.length > mappingsMax) problems.push({ path: 'mappings', message: `expected at most ${mappingsMax}.` });
  const targets = new Set<string>();
  for (const [index, mapping] of mappings.entries()) {
    const refuse = (field: string, message: string) => problems.push({ path: `mappings.${index}.${field}`, message });
    if (!parseSource(mapping.source) || mapping.source.length > nameMax || !isStorable(mapping.source)) {
      refuse(
        'source',
        'expected a lead field (email, firstName, lastName, company, jobTitle, phone), qualifier:<name> or attribute:<name>.',
      );
    }
    if (mapping.remoteField.trim() === '' || mapping.remoteField.length > nameMax || !isStorable(mapping.remoteField)) {
      refuse('remoteField', `expected the name of a field at the vendor, 1 to ${nameMax} characters.`);
    }
    if (targets.has(mapping.remoteField)) refuse('remoteField', 'is mapped twice; a remote field takes one source.');
    targets.add(mapping.remoteField);
    if (mapping.writeBehavior === 'WRITE_IF_BLANK' && overwriteOnly) {
      refuse('writeBehavior', `expected OVERWRITE: ${overwriteOnly} does not tell what a record holds.`);
    }
    if (mapping.values.length > 0 && !mapping.source.startsWith('qualifier:')) {
      refuse('values', 'only the values of a qualifier can be mapped.');
    }
    if (new Set(mapping.values.map((entry) => entry.value)).size < mapping.values.length) {
      refuse('values', 'a value is mapped twice.');
    }
    if (!mapping.values.every((entry) => isStorable(entry.value) && isStorable(entry.remoteValue))) {
      refuse('values', 'holds characters that are not text.');
    }
  }
  if (problems.length > 0) throw new ValidationError(problems);
}
