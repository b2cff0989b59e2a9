import { readFile } from 'node:fs/promises';
import { Marked } from 'marked';
import type { Page } from './pages.ts';
import { plainPage } from './plain-page.ts';

/** The help as a page, with an id for every heading: `RATE_LIMITED` is at #rate-limited. */
export async function renderHelp(markdownFile: string): Promise<Page> {
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${headingId(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  return plainPage('Sluice: errors', await marked.parse(await readFile(markdownFile, 'utf8')));
}

const headingId = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
