import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { connectBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice();
const browser = await connectBrowser();

async function openGraphiql(): Promise<WatchedPage> {
  const watched = await openPage(browser, sluice.url);
  await watched.page.goto(`${sluice.url}/graphql`);
  await executeButton(watched.page).waitFor();
  return watched;
}

/** Types the key behind "Bearer " in the Headers tab, as the comment in the first example says. */
async function enterKey(page: Page): Promise<void> {
  await page.locator('section[aria-label=Headers] .monaco-editor:visible').click();
  for (const key of ['ControlOrMeta+Home', 'ArrowDown', 'End', 'ArrowLeft']) await page.keyboard.press(key);
  await page.keyboard.insertText(sluice.adminKey);
}

const executeButton = (page: Page) => page.getByRole('button', { name: /Execute query/ });
const resultOf = (page: Page) => page.locator('section[aria-label="Result Window"]');

test('GraphiQL runs a query with the key of its Headers tab, and asks nobody else for anything', async () => {
  const { page, foreign } = await openGraphiql();
  await enterKey(page);
  await executeButton(page).click();
  await resultOf(page).getByText('"ADMIN"').waitFor();
  expect(foreign).toEqual([]);
});

test('GraphiQL subscribes with the key that served before in another tab', async () => {
  const { page, foreign } = await openGraphiql();
  await sluice.tenant.createIntegration('WEBHOOK', { mode: 'MANUAL' });
  const eventId = await sluice.tenant.createEvent();
  await enterKey(page);
  await executeButton(page).click();
  await resultOf(page).getByText('"ADMIN"').waitFor();
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  // It learns the name of a tab's operation a moment after it shows the tab, and until then does not find what to execute.
  await expect
    .poll(
      async () => {
        if (await executeButton(page).isVisible()) await executeButton(page).click({ timeout: 1_000 });
        return resultOf(page).textContent();
      },
      { timeout: 20_000, interval: 200 },
    )
    .toContain('reconciliationChanged');
  await sluice.tenant.captureLeads(eventId, 7);
  await resultOf(page)
    .locator('.view-line', { hasText: /"frozen":\s7,/ })
    .waitFor();
  expect(foreign).toEqual([]);
});
