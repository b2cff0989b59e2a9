import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A part of HubSpot's published specification, as its client carries it. */
type Area = 'crm/contacts' | 'crm/properties' | 'crm/lists' | 'oauth';

interface Attribute {
  baseName: string;
  type: string;
}

const require = createRequire(import.meta.url);
const codegen = join(dirname(require.resolve('@hubspot/api-client/package.json')), 'lib/codegen');

/**
 * Where an answer's JSON is not of the shape that HubSpot publishes: what is required and missing, of another type, or not known. `beside`: keys
 * that HubSpot's answers are known to have though its specification does not name them.
 */
export function shapeProblems(area: Area, model: string, value: unknown, beside: readonly string[] = []): string[] {
  return problemsOf(area, model, value, model, beside);
}

function problemsOf(area: Area, model: string, value: unknown, at: string, beside: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: no object`];
  const attributes = attributesOf(area, model);
  const known = new Set([...attributes.map(({ baseName }) => baseName), ...beside]);
  const unknown = Object.keys(value).filter((key) => !known.has(key));
  const required = requiredOf(area, model);
  return [
    ...unknown.map((key) => `${at}.${key}: not of the specification`),
    ...attributes.flatMap(({ baseName, type }) => {
      const part: unknown = Reflect.get(value, baseName);
      if (part === undefined) return required.has(baseName) ? [`${at}.${baseName}: missing`] : [];
      return problemsOfType(area, type, part, `${at}.${baseName}`, beside);
    }),
  ];
}

function problemsOfType(area: Area, type: string, value: unknown, at: string, beside: readonly string[]): string[] {
  const wrong = (fits: boolean) => (fits ? [] : [`${at}: ${JSON.stringify(value)} is no ${type}`]);
  const [, item] = /^Array<(.+)>$/.exec(type) ?? [];
  if (item) {
    if (!Array.isArray(value)) return wrong(false);
    return value.flatMap((one, index) => problemsOfType(area, item, one, `${at}[${index}]`, beside));
  }
  const [, entry] = /^\{ \[key: string\]: (.+); \}$/.exec(type) ?? [];
  if (entry) {
    if (typeof value !== 'object' || value === null) return wrong(false);
    return Object.entries(value).flatMap(([key, one]) => problemsOfType(area, entry, one, `${at}.${key}`, beside));
  }
  if (type.endsWith(' | null')) {
    return value === null ? [] : problemsOfType(area, type.slice(0, -' | null'.length), value, at, beside);
  }
  if (type === 'any') return [];
  if (type === 'Date') return wrong(typeof value === 'string' && !Number.isNaN(Date.parse(value)));
  if (['string', 'number', 'boolean'].includes(type)) return wrong(typeof value === type);
  if (type.endsWith('Enum')) return wrong(valuesOf(area, type).includes(String(value)));
  return problemsOf(area, type, value, at, beside);
}

const moduleOf = (area: Area, model: string): Record<string, unknown> =>
  require(join(codegen, area, 'models', `${model}.js`)) as Record<string, unknown>;

const attributesOf = (area: Area, model: string): Attribute[] =>
  (moduleOf(area, model)[model] as { getAttributeTypeMap(): Attribute[] }).getAttributeTypeMap();

/** An enum stands in the module of the model that uses it, under a name that begins with the model's. */
function valuesOf(area: Area, type: string): string[] {
  for (let end = type.length - 'Enum'.length; end > 0; end--) {
    try {
      const found = moduleOf(area, type.slice(0, end))[type];
      if (found) return Object.values(found).map(String);
    } catch {} // no model of this name
  }
  return [];
}

/** The declarations tell what the type map does not: what may be left out. */
function requiredOf(area: Area, model: string): Set<string> {
  const declared = readFileSync(join(codegen, area, 'models', `${model}.d.ts`), 'utf8');
  const names = new Set([...declared.matchAll(/^ {4}'(\w+)':/gm)].map(([, name]) => name));
  const baseNameOf = new Map(
    (moduleOf(area, model)[model] as { getAttributeTypeMap(): (Attribute & { name: string })[] })
      .getAttributeTypeMap()
      .map(({ name, baseName }) => [name, baseName]),
  );
  return new Set([...names].map((name) => baseNameOf.get(name ?? '') ?? ''));
}
