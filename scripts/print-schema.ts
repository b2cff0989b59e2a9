import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from '../src/schema/index.ts';

// Writes schema.graphql, the public API as clients and reviewers read it. With --check it writes nothing and fails when the file is stale.

const path = fileURLToPath(new URL('../schema.graphql', import.meta.url));
const printed = `${printSchema(lexicographicSortSchema(createSchema()))}\n`;

if (process.argv.includes('--check')) {
  const stored = await readFile(path, 'utf8').catch(() => '');
  if (stored !== printed) {
    console.error('schema.graphql is stale: run npm run schema:print and commit it.');
    process.exitCode = 1;
  }
} else {
  await writeFile(path, printed);
}
