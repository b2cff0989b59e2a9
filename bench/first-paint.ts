import { encodeGlobalID } from '@pothos/plugin-relay';
import type { Browser, Page } from 'playwright-core';
import { buildDashboard } from '../scripts/build-dashboard.ts';
import { answerJson, listen } from '../simulators/server.ts';
import { createApiKey } from '../src/sync/api-keys.ts';
import { startChromium } from '../test/support/chromium.ts';
import { fillLeads } from './harness/fill.ts';
import type { BenchServer } from './harness/postgres.ts';
import { Program } from './harness/program.ts';
import { median, type Report, type Row, short } from './harness/report.ts';
import { connectWebhook, createEvents, openSluice } from './harness/sluice.ts';

const rounds = 10;
const leads = { PENDING: 2_000, FAILED: 500, CLEARED: 7_500 } as const;

/** What a page says of its own start: in milliseconds since somebody asked for it, and in bytes. */
interface Start {
  contentful: number;
  useful: number;
  bytes: number;
}

/** From the address to something that can be read, in a browser that has never been there. */
export async function run(server: BenchServer): Promise<Report> {
  await buildDashboard();
  const url = await server.create('bench_first_paint');
  const sluice = await openSluice(url);
  const { services, viewer } = sluice;
  const vendor = await listen({ bodyBytesMax: 0 }, async (_received, response) => answerJson(response, 200, {}));
  const integrationId = await connectWebhook(sluice, vendor.url);
  await vendor.close();
  const [eventId = ''] = await createEvents(sluice, 1);
  const target = { orgId: viewer.orgId, integrationId, eventId };
  for (const state of ['PENDING', 'FAILED', 'CLEARED'] as const)
    await fillLeads(sluice.sql, [{ ...target, state, count: leads[state] }]);
  const { secret } = await createApiKey(services, viewer, { name: 'bench', role: 'VIEWER' });
  const program = await Program.start(url);
  const browser = await startChromium();
  const list = `/integrations/${encodeURIComponent(encodeGlobalID('Integration', integrationId))}/reconciliation`;
  const starts = { cards: [] as Start[], list: [] as Start[] };
  for (let round = 0; round <= rounds; round++) {
    const [cards, rows] = [
      await openCold(browser, `${program.url}/#key=${secret}`, '.integration-card [data-count=cleared]'),
      await openCold(browser, `${program.url}${list}#key=${secret}`, '[data-item]'),
    ];
    if (round === 0) continue; // the server's first one reads the files and prepares the statements
    starts.cards.push(cards);
    starts.list.push(rows);
  }
  await browser.close();
  await program.stop();
  await sluice.stop();
  await server.drop('bench_first_paint');
  return {
    rows: [
      rowOf('first contentful paint of the dashboard', starts.cards, 'contentful'),
      rowOf('first useful paint of the integrations: a card with its counts', starts.cards, 'useful'),
      rowOf('first useful paint of a work list of 10,000: its first row', starts.list, 'useful'),
    ],
    notes: [
      `Medians of ${rounds} loads over loopback, each in a new profile of a headless Chromium without a cache, on the cores that the server and ` +
        'PostgreSQL have; nothing else of the page is waited for.',
      `On the way to the first row ${short(median(starts.list.map(({ bytes }) => bytes)) / 1_000)} kB of scripts, styles and fonts are loaded, ` +
        'compressed by brotli.',
    ],
  };
}

function rowOf(what: string, starts: readonly Start[], name: 'contentful' | 'useful'): Row {
  const times = starts.map((start) => start[name]);
  return {
    what,
    ours: `${short(median(times))} ms`,
    against: '-',
    ratios: times,
    goal: { atMost: 1_000, unit: ' ms' },
  };
}

async function openCold(browser: Browser, url: string, useful: string): Promise<Start> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page: Page = await context.newPage();
  // The frame after the one in which it came to be there is the first that shows it.
  await page.addInitScript(`
    window.useful = new Promise((resolve) => {
      const look = () => {
        if (!document.querySelector(${JSON.stringify(useful)})) return false;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
      };
      const watch = new MutationObserver(look);
      watch.observe(document, { childList: true, subtree: true });
    });`);
  await page.goto(url, { waitUntil: 'commit' });
  const start = (await page.evaluate(`window.useful.then((useful) => ({
    useful,
    contentful: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    bytes: performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  }))`)) as Start;
  await context.close();
  return start;
}
