import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, seriousIssues, tabTo } from '../support/accessibility.ts';
import { connectBrowser, openPage } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice();
const browser = await connectBrowser();
const patient = { timeout: 15_000 };

let receiver: WebhookReceiver;
let stage: DashboardStage;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  stage = await DashboardStage.set(sluice, browser, receiver);
  return () => receiver.close();
});

describe('axe-core finds nothing serious', () => {
  test('on any page, light and dark', async () => {
    receiver.script(422);
    await stage.capture(1);
    await stage.settled();
    await stage.setMode('MANUAL');
    await stage.capture(3);
    const { page } = await stage.open();
    const check = () => expectAccessible(page);
    await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
    await check();
    await page.getByRole('link', { name: 'Data warehouse' }).click();
    await page.locator('[data-item]').first().waitFor();
    await check();
    await page.getByRole('button', { name: 'Events', exact: true }).click();
    await page.getByRole('button', { name: /^Push .* of Spring Expo/ }).waitFor();
    await check();
    await page.getByRole('button', { name: 'Leads', exact: true }).click();
    await page.getByRole('button', { name: /^Failed/ }).click();
    await page.getByRole('button', { name: 'Ada Nº 1', exact: true }).click();
    await page.getByRole('dialog').getByText('What happened').waitFor();
    await check();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Connect', exact: true }).click();
    await page.getByRole('button', { name: 'Automatic', exact: true }).click();
    await page.getByRole('alertdialog').waitFor();
    await check();
    await page.keyboard.press('Escape');
    await check();
    await page.getByRole('link', { name: 'Mapping', exact: true }).click();
    await page.getByRole('button', { name: 'Add a field' }).click();
    await check();
  });

  test('at the door', async () => {
    const { page } = await openPage(browser, sluice.url);
    await page.goto(sluice.url);
    await page.getByLabel('API key').waitFor();
    expect(await seriousIssues(page)).toEqual([]);
  });
});

test('by the keyboard alone: a mode is switched, a lead found, mended and sent', async () => {
  receiver.script(422);
  await stage.capture(1);
  const { page } = await stage.open();
  await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
  await tabTo(page, 'Data warehouse');
  await page.keyboard.press('Enter');
  await page.locator('[data-item][data-status=FAILED]').waitFor();

  await tabTo(page, 'Connect');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sync mode' }).waitFor();
  await tabTo(page, 'Manual');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog').waitFor();
  await tabTo(page, 'Switch to Manual');
  await page.keyboard.press('Enter');
  await page.getByText(/^Manual since/).waitFor();
  const focused = () => page.evaluate('document.activeElement.innerText');
  await expect.poll(focused, patient).toBe('Manual'); // where it was

  await page.goBack();
  await page.locator('[data-item][data-status=FAILED]').waitFor();
  await tabTo(page, 'Ada Nº 1');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('What happened').waitFor();
  await tabTo(page, 'Company');
  await page.keyboard.type('Weir');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').locator('[data-drawer-status=CLEARED]').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

test('on a phone nothing is wider than the screen, and everything can be done', async () => {
  await stage.setMode('MANUAL');
  await stage.capture(2);
  const { page } = await stage.open('/', { width: 390 });
  const fits = async () => expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
  await fits();
  await page.getByRole('link', { name: 'Data warehouse' }).click();
  await page.locator('[data-item]').first().waitFor();
  await fits();
  await page.getByRole('button', { name: 'Push Ada Nº 1' }).click();
  await page.locator('[data-count=cleared]', { hasText: /^1$/ }).waitFor();
  await page.getByRole('button', { name: 'Events', exact: true }).click();
  await page.getByRole('button', { name: /^Push .* of Spring Expo/ }).waitFor();
  await fits();
  for (const tab of ['Connect', 'Mapping']) {
    await page.getByRole('link', { name: tab, exact: true }).click();
    await page.locator(`[data-page=${tab.toLowerCase()}]`).waitFor();
    await fits();
  }
});

test('the first load is small: scripts and styles have less than 250 kB with gzip', async () => {
  const { page } = await openPage(browser, sluice.url);
  const paths = new Set<string>();
  page.on('response', (response) => paths.add(new URL(response.url()).pathname));
  await page.goto(`${sluice.url}${stage.path()}#key=${stage.key}`);
  await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
  await page.waitForLoadState('networkidle');
  const built = (path: string) => fileURLToPath(new URL(`../../dashboard/dist${path}`, import.meta.url));
  let bytes = 0;
  for (const path of paths) if (/^\/assets\/.*\.(js|css)$/.test(path)) bytes += (await stat(built(`${path}.gz`))).size;
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(250_000);
});
