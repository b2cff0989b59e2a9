import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { GraphiQLOptions } from 'graphql-yoga';
import { exampleTabs, headers } from './graphiql-examples.ts';
import { inlineSource, type Page, policyOf } from './pages.ts';

/** GraphiQL with everything it needs in one page: it works where there is no internet. Some 9 MB, so it is loaded and compressed when first asked for. */
export class GraphiqlPage {
  #page: Promise<Page> | null = null;

  get(): Promise<Page> {
    this.#page ??= render();
    return this.#page;
  }
}

async function render(): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const html = renderGraphiQL(options).replace('<script>', () => `<script>${shareKey}</script><script>`);
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text = '']) => inlineSource(text));
  return {
    body: await promisify(gzip)(html),
    encoding: 'gzip',
    contentType: 'text/html; charset=utf-8',
    // Its editor makes style elements and workers as it goes.
    policy: policyOf({
      'script-src': scripts.join(' '),
      'worker-src': 'blob:',
      'style-src': "'unsafe-inline'",
      'font-src': 'data:',
      'img-src': "'self' data:",
      'connect-src': "'self'",
    }),
  };
}

/**
 * Each tab has headers of its own: a key that was used in one serves the others too, until the page is left. The schema could not be read before
 * there was a key, so it is read again then.
 */
const shareKey = `
  const send = window.fetch;
  let known = null;
  window.fetch = (input, init) => {
    const request = new Request(input, init);
    const given = request.headers.get('authorization') ?? '';
    if (/^bearer +[^ ]/i.test(given)) {
      if (given !== known) setTimeout(() => document.querySelector('button[aria-label^="Re-fetch GraphQL schema"]')?.click());
      known = given;
    } else if (known) request.headers.set('authorization', known);
    return send(request);
  };
`;

const options: GraphiQLOptions = {
  title: 'Sluice: GraphiQL',
  favicon: 'data:,',
  headers,
  defaultHeaders: headers,
  shouldPersistHeaders: false, // a key does not stay in the browser
  defaultQuery: exampleTabs[0].query,
  defaultTabs: [...exampleTabs],
  // Over WebSocket it could not send the key of the Headers tab.
  subscriptionsProtocol: 'SSE',
};
