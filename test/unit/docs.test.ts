import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const decisions = globSync('docs/adr/0*.md', { cwd: root }).sort();

test('every decision has a number of its own, which its title has too, and stands in the list of decisions', () => {
  expect(decisions.length).toBeGreaterThan(15);
  const listed = decisions.map((path, index) => {
    const [, title = ''] = /^# (.+)\n/.exec(read(path)) ?? [];
    const number = index + 1;
    expect(basename(path)).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-`));
    expect(title, path).toMatch(new RegExp(`^${number}\\. `));
    return `${number}. [${title.replace(/^\d+\. /, '')}](${basename(path)})`;
  });
  expect(read('docs/adr/README.md').match(/^\d+\. .+$/gm)).toEqual(listed);
});

test('links between the documents lead to what is there', () => {
  const pages = globSync(['*.md', '{docs,bench,simulators}/**/*.md'], { cwd: root });
  expect(pages.length).toBeGreaterThan(20);
  const broken = pages.flatMap((page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '');
    return links.filter((link) => !existsSync(join(root, dirname(page), link))).map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});
