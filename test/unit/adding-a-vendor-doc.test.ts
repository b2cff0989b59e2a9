import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vendors } from '../../src/domain/vendors.ts';
import { connectorOf } from '../../src/sync/connectors/registry.ts';

const root = new URL('../../', import.meta.url);
const doc = readFileSync(new URL('docs/adding-a-vendor.md', root), 'utf8');
const spans = [...doc.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '');

test('how to add a vendor names files that there are, but for those of the vendor itself', () => {
  const paths = spans.filter(
    (span) => /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|md|graphql))$/.test(span) && !span.includes('acme'),
  );
  expect(paths.length).toBeGreaterThan(20);
  const inFolder = (path: string) => (path.includes('/') ? path : `src/sync/connectors/hubspot/${path}`);
  const missing = paths.filter(
    (path) => !existsSync(new URL(path, root)) && !existsSync(new URL(inFolder(path), root)),
  );
  expect(missing).toEqual([]);
});

test('what it says to call is exported by the file that it names', () => {
  const calls = [...doc.matchAll(/`(\w+)(?:\([^`]*\))?`? of\s+`([\w/.-]+\.ts)`/g)];
  expect(calls.length).toBeGreaterThan(5);
  for (const [, name, path] of calls) {
    expect(readFileSync(new URL(path ?? '', root), 'utf8'), `${path} exports ${name}`).toMatch(
      new RegExp(`^export .*\\b${name}\\b`, 'm'),
    );
  }
});

test('every vendor has a connector under its own name', () => {
  expect(vendors.map((vendor) => connectorOf(vendor)?.vendor)).toEqual(vendors);
});
