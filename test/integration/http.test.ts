import { readFile } from 'node:fs/promises';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery, printSchema } from 'graphql';
import { serverAudits } from 'graphql-http';
import { describe, expect, test } from 'vitest';
import { buildDashboard } from '../../scripts/build-dashboard.ts';
import { errorCategories } from '../../src/domain/error-categories.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
const { adminKey, url } = sluice;
const authorization = `Bearer ${adminKey}`;

describe('a request that a form of any page could send is refused', () => {
  const mutation = 'mutation { createEvent(input: { name: "Forged" }) { __typename } }';

  test.for([
    ['text', 'text/plain', JSON.stringify({ query: mutation })],
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    [
      'a multipart form',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n${mutation}\r\n--x--`,
    ],
    ['a bare document', 'application/graphql', mutation],
  ])('%s', async ([, contentType = '', body = '']) => {
    const answer = await sluice.client().post(body, { 'Content-Type': contentType });
    expect(answer).toMatchObject({ status: 415, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('a mutation by GET', async () => {
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { authorization },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', requestId: expect.any(String) } }],
    });
  });

  test('and none of them has done anything', async () => {
    expect(await sluice.client().data('{ events { totalCount } }')).toEqual({ events: { totalCount: 0 } });
  });
});

describe('a request that is wrong says so', () => {
  const code = 'BAD_USER_INPUT';
  test.for<[string, unknown, number]>([
    ['no JSON', '{"query":', 400],
    ['no document', {}, 400],
    ['a document that is no text', { query: 7 }, 400],
    ['a list of operations', [{ query: '{ viewer { role } }' }], 400],
    ['an unknown parameter', { query: '{ viewer { role } }', sudo: true }, 400],
    ['a syntax error', { query: '{ viewer ' }, 400],
    ['an unknown field', { query: '{ viewer { shoeSize } }' }, 400],
    ['several operations and no name', { query: 'query A { viewer { role } } query B { viewer { name } }' }, 400],
    [
      'a variable of another type',
      { query: 'query ($first: Int) { events(first: $first) { totalCount } }', variables: { first: 'ten' } },
      400,
    ],
    ['a subscription without a stream', { query: 'subscription { integrationChanged { id } }' }, 406],
  ])('%s', async ([, body, status]) => {
    const answer = await sluice.client().post(body);
    expect(answer).toMatchObject({ status, errors: [{ extensions: { code, requestId: expect.any(String) } }] });
  });

  test('variables that are no JSON, in an address', async () => {
    const response = await fetch(`${url}/graphql?query=%7B__typename%7D&variables=%7B`, { headers: { authorization } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  });

  test('another method', async () => {
    const response = await fetch(`${url}/graphql`, { method: 'PUT', headers: { authorization }, body: '{}' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });
});

test('the answers follow GraphQL over HTTP', async () => {
  const withKey: typeof fetch = (input, init = {}) =>
    fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), authorization } });
  const results = await Promise.all(
    serverAudits({ url: `${url}/graphql`, fetchFn: withKey }).map((audit) => audit.fn()),
  );
  const failed = results.filter(({ status }) => status === 'error' || status === 'warn');
  expect(failed.map(({ name, status }) => `${status}: ${name}`)).toEqual([]);
  expect(results.length).toBeGreaterThan(50);
});

test('no page of another origin may read an answer', async () => {
  const preflight = await fetch(`${url}/graphql`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(preflight.status).toBe(405);
  expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
});

describe('introspection', () => {
  test('passes the limits as the tools ask for it, and is the schema that is printed', async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const introspected = buildClientSchema(
      await sluice.client().data<IntrospectionQuery & Record<string, unknown>>(query),
    );
    const printed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
    expect(printSchema(introspected).trim()).toBe(printed.trim());
  });
});

describe('health', () => {
  test('tells whether the process can serve, without a key', async () => {
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      ready: true,
      role: 'api',
      database: 'reachable',
      migrations: 'done',
      notifications: 'listening',
    });
  });

  test('counts, without a key and without names', async () => {
    await sluice.client().data('{ viewer { role } }');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = (line: RegExp) => metrics.split('\n').some((text) => line.test(text));
    expect(counted(/^sluice_operations_total\{transport="http",kind="query"\} [1-9]/)).toBe(true);
    expect(counted(/^sluice_http_request_seconds_count\{route="\/graphql",status="200"\} [1-9]/)).toBe(true);
    expect(counted(/^process_resident_memory_bytes /)).toBe(true);
    expect(metrics.includes(adminKey)).toBe(false);
  });
});

describe('pages', () => {
  test("load nothing from elsewhere, and are in nobody's frame", async () => {
    for (const path of ['/', '/help/errors', '/graphql']) {
      const response = await fetch(`${url}${path}`, { headers: { accept: 'text/html' } });
      expect([path, response.status]).toEqual([path, 200]);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe-inline/);
      expect(await response.text()).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="?(https?:)?\/\//);
    }
  });

  test('of the dashboard come compressed; what has a digest in its name is never asked for again', async () => {
    await buildDashboard();
    const ask = (path: string, accept: string, encoding = 'gzip, deflate, br') =>
      fetch(`${url}${path}`, { headers: { accept, 'accept-encoding': encoding } });
    const index = await ask('/', 'text/html');
    expect(index.headers.get('cache-control')).toBe('no-cache');
    expect(index.headers.get('content-security-policy')).toMatch(/script-src 'self'; style-src 'self';/);
    const html = await index.text();
    for (const route of ['/integrations/abc/connect', '/nowhere']) {
      expect(await (await ask(route, 'text/html')).text()).toBe(html); // it knows itself what is there
      expect((await ask(route, '*/*')).status).toBe(404);
    }
    const [script = ''] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
    for (const encoding of ['br', 'gzip']) {
      const answer = await ask(script, '*/*', encoding);
      expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([
        encoding,
        'Accept-Encoding',
      ]);
      expect(answer.headers.get('cache-control')).toContain('immutable');
      expect(await answer.text()).toContain('createElement');
    }
    expect((await ask(script, '*/*', 'identity')).headers.get('content-encoding')).toBeNull();
  });

  test('of other folders are not served', async () => {
    for (const path of [
      '/../package.json',
      '/..%2fpackage.json',
      '/.env',
      '/%2e%2e/package.json',
      '/a%00.html',
      '/%ff',
    ]) {
      const response = await fetch(`${url}${path}`);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  test('of the help have a place for every category', async () => {
    const html = await (await fetch(`${url}/help/errors`)).text();
    const places = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const category of errorCategories) expect(places).toContain(category.toLowerCase().replaceAll('_', '-'));
    for (const [, target] of html.matchAll(/ href="#([^"]+)"/g)) expect(places).toContain(target);
  });

  test('that were seen are not sent again', async () => {
    const first = await fetch(`${url}/help/errors`);
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(`${url}/help/errors`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });
});

describe('GraphiQL', async () => {
  const without = await startTestSluice({ environment: { ROLE: 'api', GRAPHIQL: 'false' } });

  test('opens without a key, with every script in the page', async () => {
    const response = await fetch(`${url}/graphql`, { headers: { accept: 'text/html,*/*' } });
    expect(response.headers.get('content-type')).toContain('text/html');
    const html = await response.text();
    expect(html).toContain('YogaGraphiQL.renderYogaGraphiQL');
    expect(html).toContain('Bearer ');
    expect(html).not.toMatch(/unpkg\.com|jsdelivr|esm\.sh/);
  });

  test('is off when it is turned off', async () => {
    const response = await fetch(`${without.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
  });
});

describe('a worker', async () => {
  const worker = await startTestSluice({ environment: { ROLE: 'worker' } });

  test('tells how it is, and has no GraphQL', async () => {
    expect((await fetch(`${worker.url}/health/ready`)).status).toBe(200);
    expect(await worker.client().ask('{ viewer { role } }')).toMatchObject({ status: 404 });
  });
});

test('a query over Server-Sent Events is answered by one event', async () => {
  const answers = sluice.client().stream('{ viewer { role } }');
  expect(await nextOf(answers)).toEqual({ data: { viewer: { role: 'ADMIN' } } });
  expect(await answers.next()).toMatchObject({ done: true });
});
