import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorCategories } from '../../src/domain/error-categories.ts';
import { closeCodes } from '../../src/server/socket-connection.ts';
import { readSyncCode } from '../../src/sync/connectors/eloqua/sync-codes.ts';
import {
  knownCodes as hubspotCodes,
  readErrors as readHubspotErrors,
} from '../../src/sync/connectors/hubspot/errors.ts';
import { ruleOf } from '../../src/sync/connectors/marketo/errors.ts';
import { ruleOf as pardotRuleOf } from '../../src/sync/connectors/pardot/errors.ts';
import { knownCodes, readErrors } from '../../src/sync/connectors/salesforce/errors.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/errors.md');
const [categoriesPart = '', apiPart = ''] = page.split('## Errors of the API');
const sections = new Map(
  categoriesPart
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section]),
);

/** Everything that is written as a code in the sources of a folder. */
function codesIn(folder: string, pattern: RegExp): string[] {
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).filter((name) => name.endsWith('.ts'));
  const found = files.flatMap((name) => [...read(`${folder}/${name}`).matchAll(pattern)].map(([, code = '']) => code));
  return [...new Set(found)];
}

test('every category has its section, in the order of the code, and no section is left over', () => {
  expect([...sections.keys()]).toEqual([...errorCategories]);
});

test.for(errorCategories)('%s says what is seen, what it means and how to fix it', (category) => {
  const parts = [...(sections.get(category) ?? '').matchAll(/^\*\*(.+?)\.\*\* \S/gm)].map(([, part]) => part);
  expect(parts).toEqual(['What you see', 'What it means', 'How to fix it']);
});

test('the Marketo codes of a section are those that Sluice puts into that category', () => {
  const told = [...sections].flatMap(([category, section]) => {
    const line = /^- \*\*Marketo\*\*.*$/m.exec(section)?.[0] ?? '';
    const withWords = /`(\d+)` where its words say/.exec(line)?.[1]; // the code alone means something else
    return [...line.matchAll(/`(\d{3,4})`/g)]
      .filter(([, code]) => code !== withWords)
      .map(([, code = '']) => ({ code, category }));
  });
  expect(told.length).toBeGreaterThan(40);
  expect(told).toEqual(told.map(({ code }) => ({ code, category: ruleOf({ code, message: '' }).category })));
});

test('so are those of Account Engagement, and all that it has a rule for are told', () => {
  const told = [...sections].flatMap(([category, section]) => {
    const line = /^- \*\*Account Engagement\*\*.*$/m.exec(section)?.[0] ?? '';
    return [...line.matchAll(/`(\d{1,3})`(?: to `(\d+)`)?/g)].flatMap(([, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, k) => ({
        code: String(Number(first) + k),
        category,
      })),
    );
  });
  expect(told).toEqual(told.map(({ code }) => ({ code, category: pardotRuleOf(code)?.category })));
  const codes = Array.from({ length: 300 }, (_, code) => String(code)).filter((code) => pardotRuleOf(code));
  const isShown = (code: string) => pardotRuleOf(code)?.step !== 'DONE';
  expect(told.map(({ code }) => code).toSorted()).toEqual(codes.filter(isShown).toSorted());
});

test('the Eloqua codes of a section are those that Sluice puts into that category', () => {
  const told = [...sections].flatMap(([category, section]) => {
    const line = /^- \*\*Eloqua\*\*.*$/m.exec(section)?.[0] ?? '';
    return [...line.matchAll(/`(ELQ-\d+)`/g)].map(([, code = '']) => ({ code, category }));
  });
  expect(told).toHaveLength(27);
  expect(told).toEqual(told.map(({ code }) => ({ code, category: readSyncCode(code)?.category })));
});

test('so are those of HubSpot, and all that it has a row for are told', () => {
  // Of whole calls, or of the token endpoint; and our own mistake, which no push makes.
  const elsewhere = ['BAD_REFRESH_TOKEN', 'MISSING_SCOPES', 'TEN_SECONDLY_ROLLING', 'DUPLICATE_IDS'];
  const told = [...sections].flatMap(([category, section]) => {
    const line = /^- \*\*HubSpot\*\*.*$/m.exec(section)?.[0] ?? '';
    const codes = [...line.matchAll(/`([A-Z]+(?:_[A-Z]+)+|CONFLICT)`/g)].map(([, code = '']) => code);
    return codes.filter((code) => !elsewhere.includes(code)).map((code) => ({ code, category }));
  });
  const categoryOf = (code: string) => readHubspotErrors({ errors: [{ code, message: '' }] })[0]?.category;
  expect(told).toEqual(told.map(({ code }) => ({ code, category: categoryOf(code) })));
  const known = hubspotCodes.filter((code) => !elsewhere.includes(code));
  expect(told.map(({ code }) => code).toSorted()).toEqual(known.toSorted());
});

test('so are those of Salesforce, and all that it has a row for are told', () => {
  const told = [...sections].flatMap(([category, section]) => {
    const line = /^- \*\*Salesforce\*\*.*$/m.exec(section)?.[0] ?? '';
    return [...line.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => ({ code, category }));
  });
  const categoryOf = (errorCode: string) => readErrors([{ errorCode, message: '' }])[0]?.category;
  expect(told).toEqual(told.map(({ code }) => ({ code, category: categoryOf(code) })));
  expect(told.map(({ code }) => code).toSorted()).toEqual(knownCodes.toSorted());
});

describe('the errors of the API', () => {
  const codes = [
    ...codesIn('src/domain', /readonly code = '([A-Z_]+)'/g),
    ...codesIn('src/schema', /\bcode: '([A-Z_]+)'/g),
    ...codesIn('src/server', /\bcode: '([A-Z_]+)'/g),
    'INTERNAL',
  ];

  test.for([...new Set(codes)])('%s is there', (code) => {
    expect(apiPart).toMatch(new RegExp(`\\| ${code} \\|`));
  });

  test.for(Object.values(closeCodes))('close code %i is there', (code) => {
    expect(apiPart).toMatch(new RegExp(`\\| ${code} \\|`));
  });

  test('every type that stands for a refusal in the schema is there', () => {
    const types = [...read('schema.graphql').matchAll(/^type (\w+Error) implements Error/gm)].map(([, name]) => name);
    expect(types.length).toBeGreaterThan(0);
    const told = [...apiPart.matchAll(/^\| `(\w+Error)` \|/gm)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(types.toSorted());
  });
});
