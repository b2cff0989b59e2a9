import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { nameOfVendor, type Vendor, vendors } from '../../src/domain/vendors.ts';

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

/** The headings of documents, where they are not the name of the vendor. */
const headings: Partial<Record<Vendor, string>> = { ZOHO: 'Zoho CRM', WEBHOOK: 'Webhooks' };
const headingOf = (vendor: Vendor) => headings[vendor] ?? nameOfVendor[vendor];

test('what there is to know of a vendor is told of each in the same parts and order', () => {
  const [, ...sections] = read('docs/vendors.md').split(/^## /m);
  expect(sections.map((section) => section.slice(0, section.indexOf('\n')))).toEqual(vendors.map(headingOf));
  for (const section of sections) {
    expect(
      [...section.matchAll(/^\*\*(.+?)\*\*/gm)].map(([, part = '']) => part.replace('.', '')),
      section,
    ).toEqual(['Prepare', 'Connect', 'People', 'Fields', 'Write if blank', 'Campaigns', 'Limits', "It can't"]);
  }
});

test('in every section of the errors, vendors come in one order', () => {
  const order = vendors.map((vendor) => headingOf(vendor).replace(' (Pardot)', ''));
  for (const section of read('docs/errors.md').split(/^## /m).slice(1)) {
    const named = [...section.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, name = '']) => name);
    expect(named).toEqual(order.filter((name) => named.includes(name)));
  }
});
