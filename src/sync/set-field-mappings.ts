import { isDeepStrictEqual } from 'node:util';
import { and, asc, eq } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { lockGate } from '../db/statements/gates.ts';
import { listSeveralValued } from '../db/statements/mapping-sources.ts';
import { fieldMappings, integrations, remoteFields } from '../db/tables/index.ts';
import { type FieldProblem, NotFoundError, ValidationError } from '../domain/errors.ts';
import { type FieldMapping, parseSource, type RemoteField } from '../domain/mapping.ts';
import { nameOfVendor, type Vendor } from '../domain/vendors.ts';
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
 * NO_MAPPING, removing the last begins it, and both raise the setting's version. Returns what is allowed and keeps leads from being pushed all the
 * same. Admins.
 */
export function setFieldMappings(
  services: Services,
  viewer: Viewer,
  { integrationId, mappings }: { integrationId: string; mappings: FieldMapping[] },
): Promise<FieldProblem[]> {
  return changeFieldMappings(services, viewer, integrationId, () => mappings);
}

/** What a change of mappings looks at, under the gate's lock. */
export interface MappedIntegration {
  vendor: Vendor;
  mappings: readonly FieldMapping[];
  /** The vendor's, as last read; empty: they are not known. */
  fields: readonly RemoteField[];
}

/** setFieldMappings with what follows from the mappings that are there: nobody can change them in between. */
export async function changeFieldMappings(
  services: Services,
  viewer: Viewer,
  integrationId: string,
  make: (now: MappedIntegration) => FieldMapping[],
): Promise<FieldProblem[]> {
  requireRole(viewer, 'ADMIN');
  const { orgId } = viewer;
  return services.db.transaction(async (tx) => {
    const gate = await lockGate(tx, orgId, integrationId);
    const [integration] = await tx
      .select({ vendor: integrations.vendor })
      .from(integrations)
      .where(and(eq(integrations.orgId, orgId), eq(integrations.id, integrationId)));
    if (!gate || !integration) throw new NotFoundError('integration');
    const { vendor } = integration;
    const connector = connectorOf(vendor);
    const before = await listFieldMappings(tx, orgId, integrationId);
    const fields = await listKnownFields(tx, orgId, integrationId);
    const mappings = make({ vendor, mappings: before, fields });
    const warnings = warningsOf(mappings, fields, vendor);
    if (isDeepStrictEqual(before, mappings)) return warnings;
    validate(mappings, connector?.canWriteIfBlank ? null : nameOfVendor[vendor]);
    const added = mappings.map((mapping) => !before.some((kept) => isDeepStrictEqual(kept, mapping)));
    const several = await listSeveralValued(tx, orgId, qualifiersForOne(mappings, added, fields));
    const told = mappings.map(({ remoteField }, index) => added[index] && !connector?.mayHave?.(remoteField, fields));
    validateAgainstVendor(mappings, told, fields, several);
    await tx
      .delete(fieldMappings)
      .where(and(eq(fieldMappings.orgId, orgId), eq(fieldMappings.integrationId, integrationId)));
    if (mappings.length > 0) {
      await tx
        .insert(fieldMappings)
        .values(mappings.map((mapping, place) => ({ orgId, integrationId, place, ...mapping })));
    }
    const note: ChangeNote = { kind: 'MAPPING_CHANGED', before, after: mappings };
    const mapped = mappings.length > 0 || connector?.worksUnmapped === true;
    if (mapped !== gate.mapped) {
      await changeGate(services, tx, { orgId, integrationId, by: viewer.name }, () => ({
        patch: { mapped },
        notes: [note],
      }));
    } else {
      await recordChange(services, tx, viewer, gate, note);
    }
    return warnings;
  });
}

/** A field that nothing is mapped to, and why that keeps leads from being pushed. */
export interface MappingWarning extends FieldProblem {
  remoteField: string;
}

/**
 * What is no mistake while mappings are being made, and still keeps every lead from being pushed. They may be saved so, field by field: nothing
 * mapped at all holds the leads, and a mapping without the key fails them one by one.
 */
export function warningsOf(
  mappings: readonly FieldMapping[],
  fields: readonly RemoteField[],
  vendor: Vendor,
): MappingWarning[] {
  if (mappings.length === 0) return [];
  const name = nameOfVendor[vendor];
  const key = connectorOf(vendor)?.matchField ?? null;
  const isMapped = (field: string) => mappings.some(({ remoteField }) => remoteField === field);
  const warnings: MappingWarning[] = [];
  const warn = (remoteField: string, words: string) =>
    warnings.push({ path: 'mappings', remoteField, message: `nothing is mapped to ${remoteField}, ${words}` });
  if (key !== null && !isMapped(key)) {
    warn(key, `by which ${name} recognizes people: every lead fails until something is.`);
  }
  for (const field of fields) {
    if (!field.required || field.readOnly || field.name === key || isMapped(field.name)) continue;
    warn(field.name, `which ${name} requires of a new record.`);
  }
  return warnings;
}

/** Whether WRITE_IF_BLANK can be honored at the vendor. */
export const canWriteIfBlank = (vendor: Vendor): boolean => Boolean(connectorOf(vendor)?.canWriteIfBlank);

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

/** Names of the qualifiers that are newly mapped to a field that takes one of its options. */
function qualifiersForOne(
  mappings: readonly FieldMapping[],
  added: readonly boolean[],
  fields: readonly RemoteField[],
): string[] {
  const single = new Set(
    fields.filter((field) => field.options !== null && field.multiple === false).map(({ name }) => name),
  );
  return mappings.flatMap(({ source, remoteField }, index) => {
    const parsed = added[index] && single.has(remoteField) ? parseSource(source) : null;
    return parsed?.kind === 'qualifier' ? [parsed.name] : [];
  });
}

/**
 * What the vendor's fields, as last read, say against the mappings. One that is there already is not refused for a field that vanished since: it
 * could not even be kept while another is mended, nor one that the vendor may have undescribed: `checked` are the others. Fields that were never
 * read refuse nothing. `several`: qualifiers that have several values.
 */
function validateAgainstVendor(
  mappings: readonly FieldMapping[],
  checked: readonly (boolean | undefined)[],
  fields: readonly RemoteField[],
  several: ReadonlySet<string>,
): void {
  if (fields.length === 0) return;
  const byName = new Map(fields.map((field) => [field.name, field]));
  const problems = mappings.flatMap((mapping, index): FieldProblem[] =>
    checked[index] ? problemsAtVendor(mapping, `mappings.${index}`, byName.get(mapping.remoteField), several) : [],
  );
  if (problems.length > 0) throw new ValidationError(problems);
}

function problemsAtVendor(
  { source, remoteField, values }: FieldMapping,
  path: string,
  field: RemoteField | undefined,
  several: ReadonlySet<string>,
): FieldProblem[] {
  const refuse = (of: string, message: string): FieldProblem => ({ path: `${path}.${of}`, message });
  if (!field) {
    return [
      refuse(
        'remoteField',
        `expected a field of the vendor: there was no "${remoteField}" when they were read. Refresh the fields if it is new there.`,
      ),
    ];
  }
  if (field.readOnly) {
    return [
      refuse('remoteField', `expected a field that can be written: "${remoteField}" is read-only at the vendor.`),
    ];
  }
  const { options, open } = field;
  if (!options || options.length === 0) return [];
  const problems = values
    .filter(
      ({ remoteValue }) => open !== true && !options.includes(remoteValue) && !field.optionIds?.includes(remoteValue),
    )
    .map(({ value, remoteValue }) =>
      refuse(
        'values',
        `expected for "${value}" one of the options of ${remoteField} (${shown(options)}), got "${remoteValue}".`,
      ),
    );
  const parsed = parseSource(source);
  if (parsed?.kind === 'qualifier' && several.has(parsed.name)) {
    const message = `expected a qualifier of one value: leads have several of "${parsed.name}", and ${remoteField} takes one of its options.`;
    problems.push(refuse('source', message));
  }
  return problems;
}

const optionsShown = 20;
const shown = (options: readonly string[]): string =>
  options.length > optionsShown
    ? `${options.slice(0, optionsShown).join(', ')} and ${options.length - optionsShown} more`
    : options.join(', ');

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
