import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { GraphiQLOptions } from 'graphql-yoga';
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

const headers = JSON.stringify({ Authorization: 'Bearer ' }, null, 2);

const viewer = `# Put an API key behind "Bearer " in the
# Headers tab below, then run this with
# Ctrl+Enter. The other tabs use the same key
# unless they have one of their own.
# Ctrl+Space completes; the book at the left
# documents every type and field.
query Viewer {
  viewer {
    name
    role
    organization { name }
  }
}
`;

const integrations = `# What is connected, in which mode, and what
# the mode does right now.
query Integrations {
  integrations {
    id
    name
    vendor
    connection { status account problem }
    syncMode { mode enabled holds version inFlight frozen }
    flow { state resumesAt }
  }
}
`;

const reconciliation = `# Where the leads of one integration are: what
# waits, what failed and why, what arrived.
# Take the id from "Integrations", and put it
# into the Variables tab.
query Reconciliation($integrationId: ID!) {
  reconciliation(integrationId: $integrationId) {
    counts { total preSync frozen queued syncing failed cleared }
    errorGroups { category count }
    items(group: FAILED, first: 20) {
      edges {
        node {
          id
          status
          lead { email company }
          error { category message helpUrl }
          availableActions
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

const setSyncMode = `# AUTOMATIC opens the gate: everything frozen
# by the mode leaves. MANUAL closes it, and
# needs confirm: true. The ids go into the
# Variables tab.
mutation SetSyncMode($input: SetSyncModeInput!) {
  setSyncMode(input: $input) {
    __typename
    ... on SetSyncModeSuccess {
      integration { name syncMode { mode holds version } }
      receipt { held released inFlight cursor }
    }
    ... on Error { message }
  }
}
`;

const live = `# Live counts: the present state first, then
# at most four times a second, only when
# something changed. Run it, then capture
# leads or switch the mode in another browser
# tab. The stop button ends it. Every single
# move of a lead is told by
# leadStatusChanged(integrationId: ...), which
# goes on after any cursor it has given.
subscription Live($integrationId: ID) {
  reconciliationChanged(integrationId: $integrationId) {
    integration { name syncMode { mode } }
    counts { total preSync frozen queued syncing failed cleared }
  }
}
`;

const integrationId = JSON.stringify({ integrationId: '' }, null, 2);
const input = JSON.stringify({ input: { integrationId: '', mode: 'MANUAL', confirm: true } }, null, 2);

const options: GraphiQLOptions = {
  title: 'Sluice: GraphiQL',
  favicon: 'data:,',
  headers,
  defaultHeaders: headers,
  shouldPersistHeaders: false, // a key does not stay in the browser
  defaultQuery: viewer,
  defaultTabs: [
    { query: viewer, headers },
    { query: integrations, headers },
    { query: reconciliation, headers, variables: integrationId },
    { query: setSyncMode, headers, variables: input },
    { query: live, headers, variables: '{}' },
  ],
  // Over WebSocket it could not send the key of the Headers tab.
  subscriptionsProtocol: 'SSE',
};
