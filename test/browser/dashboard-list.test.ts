import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

const sluice = await startTestSluice();
const browser = await connectBrowser();

let receiver: WebhookReceiver;
let stage: DashboardStage;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  stage = await DashboardStage.set(sluice, browser, receiver);
  return () => receiver.close();
});

describe('the list as a file', () => {
  test('has what is shown and nothing else, all of it, under a name of its own', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(120);
    await stage.capture(3, 'Grace');
    const { page, complaints } = await stage.open(stage.path('reconciliation', '?group=PRE_SYNC&search=grace'));
    await page.getByRole('button', { name: 'Grace Nº 1', exact: true }).waitFor();
    const save = async () => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export this list as CSV' }).click(),
      ]);
      return { name: download.suggestedFilename(), text: (await buffer(await download.createReadStream())).toString() };
    };
    const found = await save();
    expect(found.name).toMatch(/^Data warehouse \d{4}-\d{2}-\d{2}\.csv$/);
    expect(found.text.startsWith('\uFEFF')).toBe(true); // or a spreadsheet misreads Nº
    expect(found.text.trim().split('\r\n')).toHaveLength(1 + 3);
    expect(found.text).toContain('Nº 3');
    expect(found.text).not.toContain('Ada');
    await page.getByRole('searchbox').fill('');
    await page.getByText(/ of 123$/).waitFor();
    expect((await save()).text.trim().split('\r\n')).toHaveLength(1 + 123); // more than is loaded
    expect(complaints).toEqual([]);
  });

  test('is not saved by halves: what is wrong is said', async () => {
    const { page } = await stage.open(stage.path());
    await page.route('**/export/**', (route) =>
      route.fulfill({ status: 429, json: { errors: [{ message: 'Two exports of this key run already.' }] } }),
    );
    await page.getByRole('button', { name: 'Export this list as CSV' }).click();
    await page.getByRole('status').getByText('Two exports of this key run already.').waitFor();
    await page.unroute('**/export/**');
    await page.route('**/export/**', (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Export this list as CSV' }).click();
    await page.getByRole('status').getByText('The connection broke.').waitFor();
  });
});

describe('leads from before the integration was connected', () => {
  /** A second integration, that came when three leads had been captured. */
  async function connectLater(): Promise<string> {
    await stage.capture(3);
    const { connect } = await stage.client.data<{ connect: { integration: { id: string } } }>(
      'mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id } } } }',
      { input: { vendor: 'WEBHOOK', name: 'Late', credentials: { webhook: { url: `${receiver.url}?late` } } } },
    );
    return connect.integration.id;
  }

  test('are counted before, and put onto the list by the keyboard', async () => {
    const integrationId = await connectLater();
    await stage.setMode('MANUAL', integrationId);
    const { page, complaints } = await stage.open(stage.path('reconciliation', '', integrationId));
    await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
    await tabTo(page, 'Add leads from before it was connected');
    await page.keyboard.press('Enter');
    const question = page.getByRole('alertdialog', { name: 'Add earlier leads to Late?' });
    await question.waitFor();
    await tabTo(page, 'Event');
    await page.getByRole('option', { name: /Spring Expo/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await question.getByText('3 leads of Spring Expo are not on the list.').waitFor();
    await expectAccessible(page);
    await expectToFitPhone(page);
    await tabTo(page, 'Add 3 leads');
    await page.keyboard.press('Enter');
    await page.locator('[data-backfill=COMPLETED]').getByText('Added 3 leads of Spring Expo.').first().waitFor();
    await page.locator('[data-item][data-status=FROZEN]').nth(2).waitFor();
    await page.locator('[data-count=frozen]', { hasText: /^3$/ }).waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Add earlier leads' }).click();
    await question.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: /Spring Expo/ }).click();
    await question.getByText('All enriched leads of this event are on the list already.').waitFor();
    await question.getByRole('button', { name: 'Add them', disabled: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('are those of the event that is shown, and are pushed in Automatic', async () => {
    const integrationId = await connectLater();
    const path = stage.path('reconciliation', `?event=${encodeURIComponent(stage.eventId)}`, integrationId);
    const { page } = await stage.open(path);
    await page.getByRole('button', { name: 'Add earlier leads' }).click();
    await page.getByRole('button', { name: 'Add 3 leads' }).click(); // the event that is shown is meant
    await page.locator('[data-count=cleared]', { hasText: /^3$/ }).waitFor();
  });
});
