import { expect, test } from 'vitest';
import { createLogger } from '../../src/logger.ts';
import { globalId } from '../support/graphql.ts';
import { nextOf, startTestSluice } from '../support/sluice.ts';

const lines: string[] = [];
const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
const sluice = await startTestSluice({ environment: { ROLE: 'api' }, services: { log } });
const { sql } = sluice.database.open();

const email = 'ada@example.com';
const search = 'query ($search: String) { events(search: $search) { totalCount } }';
const masked = (path: string[]) => ({
  message: 'Something went wrong here. Quote the requestId when you report it.',
  locations: [expect.anything()],
  path,
  extensions: { code: 'INTERNAL', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
});

test('a bug tells the client nothing but an id, and the log the rest, without what was asked for', async () => {
  await sql`alter table events rename to events_gone`;
  const overHttp = await sluice.client().ask(search, { search: email });
  const overSse = await nextOf(sluice.client().stream(search, { search: email }));
  const overWebSocket = await nextOf(sluice.client().subscribe(search, { search: email }));
  await sql`alter table events_gone rename to events`;

  expect(overHttp).toMatchObject({ status: 200, data: null });
  for (const { errors } of [overHttp, overSse, overWebSocket]) {
    expect(errors).toEqual([masked(['events'])]);
    const requestId = errors?.[0]?.extensions.requestId ?? 'none';
    const logged = lines.map((line) => JSON.parse(line)).find((line) => line.requestId === requestId);
    expect(logged).toMatchObject({
      level: 'error',
      event: 'operation.failed',
      path: 'events',
      err: { message: 'database error 42P01 (undefined table)', stack: expect.stringContaining('at ') },
    });
  }
  expect(overHttp.headers.get('x-request-id')).toBe(overHttp.errors?.[0]?.extensions.requestId);
  expect(lines.join('')).not.toContain(email);
  expect(lines.join('')).not.toContain(sluice.adminKey);
});

test.for(['subscribe', 'stream'] as const)(
  'an event that fails shows the same, and its stream goes on: %s',
  async (transport) => {
    const id = globalId('Integration', await sluice.tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' }));
    const setMode = (mode: string) =>
      sluice
        .client()
        .data(
          'mutation ($input: SetSyncModeInput!) { setSyncMode(input: $input) { ... on SetSyncModeSuccess { receipt { version } } } }',
          { input: { integrationId: id, mode, confirm: true } },
        );
    const watch =
      'subscription ($id: ID!) { integrationChanged(integrationId: $id) { syncMode { mode } fieldMappings { source } } }';
    const messages = sluice.client()[transport](watch, { id });
    await nextOf(messages);
    await sql`alter table field_mappings rename to field_mappings_gone`;
    await setMode('AUTOMATIC');
    expect((await nextOf(messages)).errors).toEqual([masked(['integrationChanged', 'fieldMappings'])]);
    await sql`alter table field_mappings_gone rename to field_mappings`;
    await setMode('MANUAL');
    expect(await nextOf(messages)).toEqual({
      data: { integrationChanged: { syncMode: { mode: 'MANUAL' }, fieldMappings: [] } },
    });
  },
);

test('the log leaves out what errors of parsers and of the database quote', () => {
  const quoting: Error[] = [];
  try {
    JSON.parse(`{"email": ${email}}`);
  } catch (error) {
    quoting.push(error as Error);
  }
  expect(quoting[0]?.message).toContain('ada');
  const at = lines.length;
  log.error(
    { err: new Error('while reading', { cause: quoting[0] }), authorization: 'Bearer abc', request: { secret: 'abc' } },
    'broken',
  );
  const written = lines.slice(at).join('');
  expect(written).not.toContain('ada@');
  expect(written).not.toContain('abc');
  expect(written).toContain('while reading');
});
