import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../test/support/chromium.ts';
import { buildDashboard } from './build-dashboard.ts';

// `npm run screenshots`: pictures of the dashboard over the demo, for the README.

const folder = fileURLToPath(new URL('../docs/screenshots', import.meta.url));
const desk = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 800 }, colorScheme: 'dark', isMobile: true, hasTouch: true } as const;

interface Picture {
  name: string;
  screen: typeof desk | typeof phone;
  /** From the list of integrations to what is to be seen. */
  steps(page: Page): Promise<unknown>;
}

const openMarketo = async (page: Page) => {
  await page.getByRole('link', { name: 'Marketo', exact: true }).click();
  await page.locator('[data-item]').first().waitFor();
};
const openFailed = async (page: Page) => {
  await openMarketo(page);
  await page.getByRole('button', { name: /^Failed/ }).click();
  await page.locator('[data-item][data-status=FAILED]').first().waitFor();
};

const pictures: Picture[] = [
  { name: 'reconciliation', screen: desk, steps: openMarketo },
  { name: 'failed', screen: desk, steps: openFailed },
  {
    name: 'lead',
    screen: desk,
    steps: async (page) => {
      await openFailed(page);
      await page.locator('[data-item] button.link').first().click();
      await page.getByRole('dialog').getByText('What happened').waitFor();
    },
  },
  {
    name: 'switch',
    screen: desk,
    steps: async (page) => {
      await openMarketo(page);
      await page.getByRole('link', { name: 'Connect', exact: true }).click();
      await page.getByRole('button', { name: 'Manual', exact: true }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'plan',
    screen: desk,
    steps: async (page) => {
      await openMarketo(page);
      await page.getByRole('button', { name: 'Events', exact: true }).click();
      await page.getByRole('button', { name: /^Retry \d.* of Spring Summit$/ }).click();
      await page.locator('[data-plan]').waitFor();
    },
  },
  {
    name: 'verification',
    screen: desk,
    steps: async (page) => {
      await page.getByRole('link', { name: 'Verification' }).click();
      await page.getByRole('button', { name: 'Verify now' }).click();
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.locator('[data-verification=COMPLETED]').waitFor();
    },
  },
  { name: 'phone', screen: phone, steps: openMarketo },
];

/** Starts the demo in a folder of its own; `link` is what it prints for the browser. */
async function startDemo(dataDir: string) {
  const demo = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
  const environment = { ...process.env, DATA_DIR: dataDir, PORT: '0' };
  const child = spawn(process.execPath, [demo], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'close');
  };
  for await (const line of createInterface(child.stdout)) {
    const [, link] = /Dashboard +(\S+)/.exec(line) ?? [];
    if (!link) continue;
    child.stdout.resume();
    return { link, stop };
  }
  throw new Error('The demo ended.');
}

async function take(browser: Browser, link: string, { name, screen, steps }: Picture): Promise<void> {
  const context = await browser.newContext({ ...screen, reducedMotion: 'reduce', locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(link);
  await steps(page);
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

await buildDashboard();
await mkdir(folder, { recursive: true });
const dataDir = await mkdtemp(join(tmpdir(), 'sluice-screenshots-'));
const demo = await startDemo(dataDir);
const browser = await startChromium();
try {
  for (const picture of pictures) {
    await take(browser, demo.link, picture);
    console.log(`docs/screenshots/${picture.name}.png`);
  }
} finally {
  await browser.close();
  await demo.stop();
  await rm(dataDir, { recursive: true, force: true });
}
