import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateLeads } from '../../samples/generate.ts';
import { resolveColumns } from '../../src/cli/import/csv-columns.ts';
import { readLeads } from '../../src/cli/import/csv-leads.ts';
import { openCsv } from '../../src/cli/import/csv-rows.ts';

const sample = readFileSync(new URL('../../samples/leads.csv', import.meta.url));

test('the sample file is what its generator writes', () => {
  expect(sample.toString('utf8')).toBe(generateLeads());
});

test('the sample file has 490 leads, 10 duplicates, and no bad row', () => {
  const table = openCsv(sample);
  const kinds = [...readLeads(table, resolveColumns(table.header))].map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'good')).toHaveLength(490);
  expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(10);
  expect(kinds).toHaveLength(500);
});

test('the sample file names nobody who could exist: every address is under a reserved domain', () => {
  const hosts = sample.toString('utf8').match(/(?<=\w@|:\/\/)[\w.-]+/g) ?? [];
  expect(hosts.length).toBeGreaterThan(400);
  expect(hosts.filter((host) => !/(^|\.)example\.com$|\.test$/i.test(host))).toEqual([]);
});
