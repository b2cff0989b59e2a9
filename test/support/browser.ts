import type { Browser, Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { startChromium } from './chromium.ts';

/** A browser for one test file. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await startChromium();
  afterAll(() => browser.close());
  return browser;
}

export interface WatchedPage {
  page: Page;
  /** Addresses that were asked for and are not the server's. None of them was let through. */
  foreign: string[];
  /** What the page itself complained about: errors, and what its Content-Security-Policy refused. */
  complaints: string[];
}

/** A page in a profile of its own that reaches `origin` and nobody else; closed with the test. */
export async function openPage(browser: Browser, origin: string): Promise<WatchedPage> {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  onTestFinished(() => context.close());
  const watched: WatchedPage = { page: await context.newPage(), foreign: [], complaints: [] };
  await context.route(
    (url) => url.origin !== origin && !['data:', 'blob:'].includes(url.protocol),
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
