import { once } from 'node:events';
import { get } from 'node:http';
import { parse } from 'csv-parse/sync';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCsv } from '../../src/cli/import/csv-rows.ts';
import { Tenant } from '../support/factory.ts';
import { globalId } from '../support/graphql.ts';
import { runCli } from '../support/run-cli.ts';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice({ environment: { ROLE: 'api' } });
const { tenant, url, services } = sluice;
const viewerKey = (await sluice.createKey('VIEWER')).secret;
const integrationId = await tenant.createIntegration('MARKETO');
const integration = globalId('Integration', integrationId);
const eventId = await tenant.createEvent({ name: 'Spring Expo' });
const event = globalId('Event', eventId);

const path = '/export/sync-items.csv';
const ask = (
  query: Record<string, string>,
  headers: Record<string, string> = { authorization: `Bearer ${viewerKey}` },
) => fetch(`${url}${path}?${new URLSearchParams(query)}`, { headers });

/** Rows as a program reads them, by the header's names. */
const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true });

await tenant.captureLeads(eventId, 30);
const ids = (await tenant.listItems(integrationId)).map((item) => item.id);
await tenant.claim(ids.slice(0, 12));
await tenant.fail(ids.slice(0, 4), 'MISSING_MATCH_KEY');
await tenant.fail(ids.slice(4, 7), 'DUPLICATE');
await tenant.clear(ids.slice(7, 12));

test('a viewer downloads the work list: every lead once, newest first, with where it is and why', async () => {
  const response = await ask({ integrationId: integration });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="sluice-[\w-]+\.csv"; filename\*=UTF-8''/,
  );
  expect(response.headers.get('cache-control')).toBe('no-store');
  const text = await response.text();
  expect(text.startsWith('"First Name",')).toBe(true);
  const rows = rowsOf(text);
  expect(rows.map((row) => row['Item ID']).toSorted()).toEqual(ids.map((id) => globalId('SyncItem', id)).toSorted());
  const captured = rows.map((row) => row['Captured At'] ?? '');
  expect(captured).toEqual(captured.toSorted().toReversed());
  const failed = rows.find((row) => row['Item ID'] === globalId('SyncItem', ids[0] ?? ''));
  expect(failed).toMatchObject({
    Event: 'Spring Expo',
    Group: 'FAILED',
    Status: 'FAILED',
    Category: 'MISSING_MATCH_KEY',
    Attempts: '0',
  });
  expect(failed?.Message).not.toBe('');
  const cleared = rows.find((row) => row['Item ID'] === globalId('SyncItem', ids[8] ?? ''));
  expect(cleared).toMatchObject({ Group: 'CLEARED', Category: '', 'Cleared At': expect.stringMatching(/Z$/) });
});

describe('it is narrowed as the list is', () => {
  test.for<[Record<string, string>, number]>([
    [{ group: 'FAILED' }, 7],
    [{ status: 'CLEARED' }, 5],
    [{ category: 'DUPLICATE' }, 3],
    [{ categories: 'DUPLICATE,MISSING_MATCH_KEY' }, 7],
    [{ group: 'FAILED', categories: 'UNKNOWN' }, 0],
    [{ eventId: event, group: 'PRE_SYNC' }, 18],
    [{ remoteField: 'nothing' }, 0],
    [{ capturedFrom: '2999-01-01T00:00:00Z' }, 0],
    [{ capturedUntil: '2999-01-01T00:00:00Z' }, 30],
    [{ search: 'nobody has this name' }, 0],
  ])('%j gives %i', async ([query, count]) => {
    const rows = rowsOf(await (await ask({ integrationId: integration, ...query })).text());
    expect(rows).toHaveLength(count);
  });

  test('the API hands out the address for a filter, and it gives what the list shows', async () => {
    const { reconciliation } = await sluice.client(viewerKey).data<{
      reconciliation: { exportUrl: string; items: { edges: { node: { id: string } }[] } };
    }>(
      `query ($id: ID!, $event: ID!) { reconciliation(integrationId: $id, eventId: $event) {
        exportUrl(categories: [DUPLICATE, UNKNOWN], orderBy: CAPTURED_AT_ASC, capturedFrom: "2000-01-01T00:00:00Z", bom: true)
        items(categories: [DUPLICATE, UNKNOWN], orderBy: CAPTURED_AT_ASC, capturedFrom: "2000-01-01T00:00:00Z") { edges { node { id } } }
      } }`,
      { id: integration, event },
    );
    const response = await fetch(reconciliation.exportUrl, { headers: { authorization: `Bearer ${viewerKey}` } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const rows = rowsOf(new TextDecoder().decode(bytes));
    expect(rows.map((row) => row['Item ID'])).toEqual(reconciliation.items.edges.map(({ node }) => node.id));
    expect(rows).toHaveLength(3);
  });
});

test('no cell of a lead is a formula, and what a lead says can be read back', async () => {
  const other = await tenant.createEvent();
  const [leadId] = await tenant.captureLeads(other, 1);
  await services.db.execute(sql`
    update leads set first_name = '=HYPERLINK("http://evil.example","x")', company = ${'a;=1\nb,"c"'}, phone = '+49 30 1',
      qualifiers = ${JSON.stringify([{ name: 'Interest', values: ['CRM', '=2'] }])}::jsonb,
      attributes = ${JSON.stringify([{ name: '@hall', value: '-7' }])}::jsonb
    where id = ${leadId}`);
  const text = await (await ask({ integrationId: integration, eventId: globalId('Event', other) })).text();
  expect(rowsOf(text)).toMatchObject([
    {
      'First Name': `'=HYPERLINK("http://evil.example","x")`,
      Company: `a;'=1\nb,"c"`,
      Phone: "'+49 30 1",
      Qualifiers: "Interest: CRM; '=2",
      Attributes: "'@hall: -7",
    },
  ]);
  const table = openCsv(Buffer.from(text)); // as our own import reads it
  expect(table.header.slice(0, 3)).toEqual(['First Name', 'Last Name', 'E-Mail']);
});

describe('what is wrong is told before the first byte, with a code', () => {
  const codeOf = async (response: Response) => {
    const { errors } = (await response.json()) as { errors: { extensions: { code: string; requestId: string } }[] };
    return [
      response.status,
      errors[0]?.extensions.code,
      errors[0]?.extensions.requestId === response.headers.get('x-request-id'),
    ];
  };

  test('without a key, and with a wrong one', async () => {
    expect(await codeOf(await ask({ integrationId: integration }, {}))).toEqual([401, 'UNAUTHENTICATED', true]);
    expect(await codeOf(await ask({ integrationId: integration }, { authorization: 'Bearer nope' }))).toEqual([
      401,
      'UNAUTHENTICATED',
      true,
    ]);
  });

  test.for<[Record<string, string>, number, string]>([
    [{}, 404, 'NOT_FOUND'],
    [{ integrationId: event }, 404, 'NOT_FOUND'],
    [{ integrationId: integration, eventId: integration }, 404, 'NOT_FOUND'],
    [{ integrationId: integration, group: 'NONE' }, 400, 'BAD_USER_INPUT'],
    [{ integrationId: integration, search: 'ab' }, 400, 'BAD_USER_INPUT'],
    [{ integrationId: integration, capturedFrom: 'yesterday' }, 400, 'BAD_USER_INPUT'],
    [{ integrationId: integration, grup: 'FAILED' }, 400, 'BAD_USER_INPUT'],
  ])('%j is %i %s', async ([query, status, code]) => {
    expect(await codeOf(await ask(query))).toEqual([status, code, true]);
  });

  test('the work list of another organization is not found', async () => {
    const stranger = await Tenant.create(services);
    const foreign = globalId('Integration', await stranger.createIntegration());
    expect(await codeOf(await ask({ integrationId: foreign }))).toEqual([404, 'NOT_FOUND', true]);
  });

  test('only GET and HEAD', async () => {
    const response = await fetch(`${url}${path}?integrationId=${integration}`, { method: 'POST' });
    expect(response.status).toBe(405);
    const head = await fetch(`${url}${path}?integrationId=${integration}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${viewerKey}` },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
  });
});

describe('a long list', () => {
  const count = 20_000;
  const createLong = async () => {
    const own = await tenant.createIntegration('WEBHOOK');
    const at = await tenant.createEvent();
    await services.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`); // as if captured long ago: what the lists read, without the log
      await tx.execute(sql`
        insert into leads (org_id, id, event_id, first_name, last_name, email, company, qualifiers, attributes, enriched_at, captured_at)
        select ${tenant.orgId}::uuid, ('0190aaaa-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ${at}::uuid, 'Ada', repeat('x', 200),
          'ada' || i || '@example.test', 'Engines', '[]'::jsonb, '[]'::jsonb, now(), timestamptz '2026-01-01' + (i / 3) * interval '1 second'
        from generate_series(1, ${count}::int) i`);
      await tx.execute(sql`
        insert into sync_items (org_id, id, integration_id, event_id, lead_id, captured_at, cause)
        select ${tenant.orgId}::uuid, ('0190bbbb-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, ${own}::uuid, ${at}::uuid,
          ('0190aaaa-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, timestamptz '2026-01-01' + (i / 3) * interval '1 second', 'CAPTURED'
        from generate_series(1, ${count}::int) i`);
    });
    return globalId('Integration', own);
  };
  let target = '';
  beforeAll(async () => {
    target = await createLong();
  });

  /** Reads nothing before it is told to. */
  async function open(key = viewerKey) {
    const request = get(`${url}${path}?integrationId=${target}`, { headers: { authorization: `Bearer ${key}` } });
    request.on('error', () => undefined);
    const [response] = await once(request, 'response');
    response.pause();
    response.on('error', () => undefined);
    return { request, response };
  }

  test('whatever matches throughout is in it exactly once, while leads change their state', async () => {
    const response = await ask({ integrationId: target, orderBy: 'CAPTURED_AT_ASC' });
    const seen: string[] = [];
    let rest = '';
    let moved = 0;
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true });
      const end = rest.lastIndexOf('\r\n');
      for (const match of rest.slice(0, end).matchAll(/"(U3luY0l0ZW06[\w=+/]+)"/g)) seen.push(match[1] ?? '');
      rest = rest.slice(end);
      if (moved++ % 4 === 0) {
        await services.db.execute(sql`
          update sync_items set state = case state when 'PENDING' then 'CLEARED' else 'PENDING' end, version = version + 1, cause = 'ANSWERED'
          where id in (select id from sync_items where integration_id = (select integration_id from sync_items where id = '0190bbbb-0000-7000-8000-000000000001')
            and ('x' || right(id::text, 4))::bit(16)::int % 50 = ${moved % 50})`);
      }
    }
    expect(moved).toBeGreaterThan(4);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(count);
  });

  test('a slow reader makes the server wait: it reads no further than a few pages ahead', async () => {
    const before = pagesRead;
    const { request, response } = await open();
    // Until it stands still for as long as many pages take.
    let own = 0;
    for (let still = 0, last = -1; still < 30; still = last === pagesRead - own ? still + 1 : 0) {
      last = pagesRead - own;
      await (await ask({ integrationId: integration })).text();
      own += 1;
    }
    const ahead = pagesRead - own - before;
    expect(ahead).toBeLessThan((count / 500) * 0.75); // what the sockets hold is read, and no more
    request.destroy();
    response.destroy();
  });

  test('four run at once with one key; the fifth is told to wait, and goes when one is done', async () => {
    const key = (await sluice.createKey('VIEWER')).secret;
    const running = await Promise.all(Array.from({ length: 4 }, () => open(key)));
    const headers = { authorization: `Bearer ${key}` };
    const refused = await ask({ integrationId: integration }, headers);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED', exceeded: 'exportsPerKey', limit: 4 } }],
    });
    expect((await ask({ integrationId: integration })).status).toBe(200); // another key
    for (const { request, response } of running) {
      request.destroy();
      response.destroy();
    }
    await expect.poll(async () => (await ask({ integrationId: integration }, headers)).status).toBe(200);
  });

  test('a key that is revoked loses the download: the connection ends before the file does', async () => {
    const { id, secret } = await sluice.createKey('VIEWER');
    const { response } = await open(secret);
    const ended = new Promise<void>((resolve) => response.once('close', resolve));
    await sluice.revokeKey(id);
    response.resume();
    await ended;
    expect(response.complete).toBe(false);
  });

  /** Pages of work lists that were read so far. */
  let pagesRead = 0;
  const select = services.db.select.bind(services.db);
  services.db.select = ((...args: Parameters<typeof select>) => {
    if (args[0] && 'dueLater' in args[0]) pagesRead += 1;
    return select(...args);
  }) as typeof services.db.select;
});

describe('sluice export', () => {
  const environment = { SLUICE_URL: url, SLUICE_API_KEY: viewerKey };

  test('writes the list to standard output, narrowed', async () => {
    const { name } = (
      await sluice
        .client()
        .data<{ integration: { name: string } }>('query ($id: ID!) { integration(id: $id) { name } }', {
          id: integration,
        })
    ).integration;
    const { exitCode, stdout, stderr } = await runCli(
      ['export', '--integration', integration, '--event', 'spring expo', '--category', 'DUPLICATE', 'UNKNOWN'],
      environment,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(rowsOf(stdout)).toHaveLength(3);
    expect(name).not.toBe('');
  });

  test('says what is wrong, and exits with 1 or 2', async () => {
    expect(await runCli(['export', '--integration', 'Nobody'], environment)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'sluice: There is no integration "Nobody".\n',
    });
    expect(await runCli(['export', '--integration', integration, '--search', 'ab'], environment)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('at least 3 letters'),
    });
    expect(await runCli(['export', '--integration', integration, '--group', 'SOME'], environment)).toMatchObject({
      exitCode: 2,
    });
  });
});
