import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, expect, inject, onTestFinished } from 'vitest';
import { quickenWaits } from './quick-waits.ts';

/** A test file's connection to the browser of the run. What it opened is closed with it. */
export async function connectBrowser(): Promise<Browser> {
  const browser = await chromium.connect(inject('chromium'));
  afterAll(() => browser.close());
  return browser;
}

export interface WatchedPage {
  page: Page;
  /** Addresses that were asked for and are not the server's. None of them was let through, and any fails the test. */
  foreign: string[];
  /** What the page itself complained about: errors, and what its Content-Security-Policy refused. */
  complaints: string[];
}

/** A page in a profile of its own that reaches `origin`, the stand-ins of vendors, and nobody else; closed with the test. */
export async function openPage(
  browser: Browser,
  origin: string,
  vendors: readonly string[] = [],
): Promise<WatchedPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const watched: WatchedPage = { page: await context.newPage(), foreign: [], complaints: [] };
  onTestFinished(async () => {
    await context.close();
    expect(watched.foreign, 'asked for elsewhere').toEqual([]);
  });
  quickenWaits(watched.page.locator('html'));
  await context.route(
    (url) => ![origin, ...vendors].includes(url.origin) && !['data:', 'blob:'].includes(url.protocol),
    (route) => {
      watched.foreign.push(route.request().url());
      return route.abort();
    },
  );
  watched.page.on('console', (message) => {
    if (message.type() === 'error') watched.complaints.push(message.text());
  });
  watched.page.on('pageerror', (error) => watched.complaints.push(String(error)));
  return watched;
}
