import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LeadsApi, type LeadsApiOptions, startLeadsApi } from '../support/leads-api.ts';
import { runCli } from '../support/run-cli.ts';

const apiKey = 'sk_import_test';
let folder: string;
let api: LeadsApi;

const startApi = async (options: Partial<LeadsApiOptions> = {}) => {
  await api?.stop();
  api = await startLeadsApi({ apiKey, ...options });
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-import-'));
  api = await startLeadsApi({ apiKey });
});
afterEach(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

async function csv(content: string | Buffer, name = 'leads.csv'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const run = (path: string, ...more: string[]) =>
  runCli(['import', path, '--event', 'Spring Expo', ...more], {
    SLUICE_URL: api.url,
    SLUICE_API_KEY: apiKey,
  });

const stored = () => api.events.flatMap(({ leads }) => [...leads.values()]);
const emails = () => stored().map(({ lead }) => lead.email);
const manyLeads = (count: number) =>
  `Email,Notes\n${Array.from({ length: count }, (_, index) => `p${index}@example.com,note ${index}\n`).join('')}`;

describe('a good file', () => {
  test('is imported into an event that is created for it; running it again changes nothing', async () => {
    const sample = fileURLToPath(new URL('../../samples/leads.csv', import.meta.url));
    const first = await run(sample);
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain('Created the event "Spring Expo"');
    expect(first.stdout).toContain('Read 500 rows: 490 imported, 10 duplicates, 0 bad.');
    expect(first.stdout).toContain('has 490 leads now, 0 before');
    const before = structuredClone(stored());

    const second = await run(sample);
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain('has 490 leads now, 490 before');
    expect(stored()).toEqual(before);
    expect(before.filter(({ revision }) => revision > 1)).toEqual([]);
    expect(api.events).toHaveLength(1);
  });

  test('is the same leads with a byte order mark, another delimiter and another order of columns', async () => {
    const plain = await csv('First Name,Email,Notes\nZoé,z@example.com,"a;b"\n');
    const other = await csv('\uFEFFNotes;E-Mail;first_name\r\n"a;b";z@example.com;Zoé\r\n', 'other.csv');
    expect(await run(plain)).toMatchObject({ exitCode: 0 });
    expect(await run(other)).toMatchObject({ exitCode: 0 });
    expect(stored()).toMatchObject([
      { revision: 1, lead: { firstName: 'Zoé', attributes: [{ name: 'Notes', value: 'a;b' }] } },
    ]);
  });

  test('goes to the event of that name, whatever its case, on whichever page it is', async () => {
    for (const name of ['Spring Expo 2024', 'Spring Expo 2025', 'Pre Spring Expo', 'SPRING EXPO']) api.addEvent(name);
    const { stdout } = await run(await csv('Email\na@example.com\n'));
    expect(api.events.map(({ leads }) => leads.size)).toEqual([0, 0, 0, 1]);
    expect(stdout).not.toContain('Created');
  });

  test('is sent in calls of at most 500 leads, and in smaller ones to a server that takes fewer', async () => {
    const path = await csv(manyLeads(1_100));
    await run(path);
    expect(api.captureCalls).toEqual([500, 500, 100]);
    await startApi({ leadsMax: 100 });
    expect(await run(path)).toMatchObject({ exitCode: 0 });
    expect(stored()).toHaveLength(1_100);
  });

  test('with ids of its own is an edit when a row has changed', async () => {
    await run(await csv('Badge,Email\n1,a@example.com\n2,b@example.com\n'), '--id-column', 'Badge');
    await run(
      await csv('Badge,Email\n1,a@example.com\n2,c@example.com\n'),
      '--id-column',
      'badge',
      '--map',
      'email=email',
    );
    expect(stored()).toMatchObject([
      { revision: 1, lead: { externalId: '1', email: 'a@example.com' } },
      { revision: 2, lead: { externalId: '2', email: 'c@example.com' } },
    ]);
  });
});

describe('bad rows', () => {
  test('are listed with line and reason, and never stop the good ones', async () => {
    const tooLong = `${'x'.repeat(250)}@example.com`;
    const path = await csv(
      [
        'E-Mail,Captured At,qualifier:Type',
        'a@example.com,2026-05-14T09:30:00Z,Hot',
        'b@example.com,sometime,Hot',
        'c@example.com,2026-05-14T09:30:00Z',
        `${tooLong},,Hot`,
        `d@example.com,,${'y'.repeat(101)}`,
        '"e@example.com,,Hot',
        'f@example.com,,Cold',
        'a@example.com,2026-05-14T09:30:00Z,Hot',
        '',
      ].join('\n'),
    );
    const report = join(folder, 'report.csv');
    const { exitCode, stdout, stderr } = await run(path, '--report', report);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('');
    expect(emails()).toEqual(['a@example.com', 'f@example.com']);
    expect(stdout.slice(stdout.indexOf('Read')).trimEnd().split('\n')).toEqual([
      'Read 8 rows: 2 imported, 1 duplicates, 5 bad.',
      'Duplicates, imported once:',
      '  line 9 repeats line 2',
      'Bad rows, not imported:',
      '  line 3, column "Captured At": is no date and time; write it like 2026-05-14T09:30:00Z',
      '  line 4: has 2 columns where the header has 3',
      '  line 5, column "E-Mail": has more than 254 characters',
      '  line 6, column "qualifier:Type": has more than 100 characters',
      '  line 7: opens a quote that is never closed',
    ]);
    expect(stdout).not.toMatch(/sometime|example\.com|xxx|yyy/);
    const reported = (await readFile(report, 'utf8')).trimEnd().split('\r\n');
    expect(reported).toHaveLength(1 + 5 + 1);
    expect(reported[3]).toBe('5,"bad","E-Mail","has more than 254 characters"');
    expect(reported[6]).toBe('9,"duplicate","","repeats line 2"');
  });

  test('beyond the first twenty are in the report only', async () => {
    const path = await csv(`Email,Notes\n${'only one cell\n'.repeat(25)}ok@example.com,x\n`);
    const report = join(folder, 'report.csv');
    const { exitCode, stdout } = await run(path, '--report', report);
    expect(exitCode).toBe(1);
    expect(stdout.match(/^ {2}line /gm)).toHaveLength(20);
    expect(stdout).toContain('and 5 more');
    expect((await readFile(report, 'utf8')).trimEnd().split('\r\n')).toHaveLength(26);
    expect(emails()).toEqual(['ok@example.com']);
  });

  test('alone reach no server and create no event', async () => {
    expect(await run(await csv('Email,Notes\none cell\n'))).toMatchObject({ exitCode: 1 });
    expect(api.events).toEqual([]);
  });
});

describe('a file that is no CSV imports nothing and says why', () => {
  test.for<[string, string | Buffer, string]>([
    ['binary', Buffer.from([0x45, 0x6d, 0x61, 0x69, 0x6c, 0x0a, 0x00, 0x01]), 'is a binary file'],
    ['an Excel workbook', Buffer.from('PK\x03\x04 and so on', 'latin1'), 'is an Excel workbook'],
    ['UTF-16', Buffer.from('\uFEFFEmail\na@example.com\n', 'utf16le'), 'is text in UTF-16'],
    ['Latin-1', Buffer.from('Email,Name\na@example.com,Zo\xe9\n', 'latin1'), 'is not text in UTF-8 (line 2)'],
    ['empty', '', 'is empty'],
    ['without a header', 'Jane,Doe,jane@example.com\nJohn,Doe,john@example.com\n', 'has no header row'],
    ['prose', 'Dear all,\nplease find the leads attached.\n', 'has no header row'],
    ['with an unnamed column', 'Email,,Notes\na@example.com,1,2\n', 'has no name for column 2'],
    ['with a column twice', 'Email,Notes,Notes\na@example.com,1,2\n', 'the same name for columns 2 and 3'],
  ])('%s', async ([, content, reason]) => {
    const { exitCode, stdout, stderr } = await run(await csv(content));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/^sluice: [^\n]* Nothing was imported\.\n$/);
    expect((stderr + stdout).replace(/sluice-import-\w+/g, '')).not.toMatch(/jane|john|Zo/i); // the folder's name is random
    expect(api.events).toEqual([]);
  });

  test('over 50 MB', async () => {
    const path = await csv('Email\na@example.com\n');
    await truncate(path, 50_000_001);
    const { exitCode, stderr } = await run(path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/larger than 50 MB.*Nothing was imported/);
    expect(api.events).toEqual([]);
  });

  test('missing', async () => {
    expect(await run(join(folder, 'none.csv'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no such file'),
    });
  });
});

describe('the network', () => {
  test('failing halfway stops the import with the number that is in; running it again completes it', async () => {
    const path = await csv(manyLeads(1_200));
    api.onCapture = (nth) => (nth === 1 ? 'answered' : 'refused connection');
    const { exitCode, stdout, stderr } = await run(path);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^sluice: [^\n]*can't be reached[^\n]*Stopped after 500 leads were imported\.[^\n]*again is safe[^\n]*\n$/,
    );
    expect(stdout).toContain('Read 1200 rows: 500 imported, 0 duplicates, 0 bad, 700 not sent.');
    expect(stored()).toHaveLength(500);

    api.onCapture = () => 'answered';
    expect(await run(path)).toMatchObject({ exitCode: 0 });
    expect(stored()).toHaveLength(1_200);
    expect(stored().every(({ revision }) => revision === 1)).toBe(true);
  });

  test('losing an answer makes no lead twice', async () => {
    api.onCapture = (nth) => (nth === 1 ? 'lost' : 'answered');
    const { exitCode, stdout } = await run(await csv(manyLeads(20)));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('20 imported');
    expect(api.captureCalls).toEqual([20, 20]);
    expect(stored()).toHaveLength(20);
  });

  test('a rate limit is waited for, more often than failures are retried', async () => {
    api.onCapture = (nth) => (nth <= 10 ? { rateLimitedForMs: 5 } : 'answered');
    expect(await run(await csv(manyLeads(3)))).toMatchObject({ exitCode: 0 });
    expect(api.captureCalls).toHaveLength(11);
    expect(stored()).toHaveLength(3);
  });
});

describe('refusals', () => {
  test('a wrong key: nothing is imported, and the key is not shown', async () => {
    const environment = { SLUICE_URL: api.url, SLUICE_API_KEY: 'sk_wrong' };
    const { exitCode, stderr, stdout } = await runCli(
      ['import', await csv('Email\na@example.com\n'), '--event', 'X'],
      environment,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^sluice: [^\n]*does not accept the API key[^\n]*Nothing was imported\.\n$/);
    expect(stdout + stderr).not.toContain('sk_wrong');
  });

  test('no key', async () => {
    const { exitCode, stderr } = await runCli(['import', await csv('Email\na@example.com\n'), '--event', 'X']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('SLUICE_API_KEY is not set');
  });

  test('a key whose role does not allow it', async () => {
    await startApi({ role: 'VIEWER' });
    const path = await csv('Email\na@example.com\n');
    expect(await run(path)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('needs OPERATOR') });
    api.addEvent('Spring Expo');
    expect(await run(path)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('needs OPERATOR') });
    expect(stored()).toEqual([]);
  });

  test('an event that does not exist, and must not be created', async () => {
    const { exitCode, stderr } = await run(await csv('Email\na@example.com\n'), '--no-create-event');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('sluice: There is no event "Spring Expo". Nothing was imported.\n');
    expect(api.events).toEqual([]);
  });

  test('a report that would overwrite the file, or can not be written', async () => {
    const path = await csv('Email\na@example.com\n');
    expect(await run(path, '--report', path)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('overwrite'),
    });
    expect(await run(path, '--report', join(folder, 'none', 'report.csv'))).toMatchObject({ exitCode: 1 });
    expect(await readFile(path, 'utf8')).toBe('Email\na@example.com\n');
    expect(stored()).toEqual([]);
  });
});
