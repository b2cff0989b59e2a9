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

describe('before many leads are pushed', () => {
  test('is said how many would arrive and which would fail as they are; only the others are sent', async () => {
    const { marketo, integrationId } = await stage.connectMarketo();
    await stage.captureLeads([{ firstName: 'Ada' }, { firstName: 'Grace' }]);
    await stage.settled(integrationId);
    const { page } = await stage.open(stage.path('reconciliation', '?group=FAILED', integrationId));
    await page.getByRole('button', { name: 'Ada', exact: true }).click();
    await page.getByRole('dialog').getByLabel('E-mail').fill('ada@example.com');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('status').getByText('Saved.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Events', exact: true }).click();
    await page.getByRole('button', { name: 'Retry 2 of Spring Expo' }).click();
    const question = page.getByRole('alertdialog', { name: 'Retry 2 leads of Spring Expo?' });
    await question.locator('[data-plan="1/2"]').waitFor();
    await question.locator('[data-category=MISSING_MATCH_KEY]').getByText('Add the e-mail address').waitFor();
    await expectAccessible(page);
    await expectToFitPhone(page);
    await tabTo(page, 'Only the 1 that would pass');
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'hidden' });
    await page.locator('[data-retry=COMPLETED]').getByText('1 that would have failed').waitFor();
    await page.locator('[data-count=cleared]', { hasText: /^1$/ }).waitFor();
    await page.locator('[data-count=failed]', { hasText: /^1$/ }).waitFor();
    expect(marketo.leads().map(({ fields }) => fields.email)).toEqual(['ada@example.com']);
  });

  test('nothing is pushed by a look at it', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(3);
    const { page } = await stage.open(stage.path('reconciliation', '?view=events'));
    await page.getByRole('button', { name: 'Push 3 of Spring Expo' }).click();
    await page.locator('[data-plan="3/3"]').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('alertdialog').waitFor({ state: 'hidden' });
    await page.locator('[data-count=frozen]', { hasText: /^3$/ }).waitFor();
    expect(receiver.deliveries()).toEqual([]);
    expect(await page.locator('[data-retry]').count()).toBe(0);
  });
});

describe('a push step by step', () => {
  test('goes on while its steps pass, and shows which step it is in', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(5);
    const { page } = await stage.open(stage.path('reconciliation', '?view=events'));
    await page.getByRole('button', { name: 'Push 5 of Spring Expo' }).click();
    const question = page.getByRole('alertdialog');
    await question.getByRole('button', { name: 'Step by step' }).click();
    await question.getByLabel('Leads of each step').fill('one, two');
    await question.getByRole('button', { name: 'Push 5 leads', disabled: true }).click({ force: true });
    await page.getByRole('status').getByText('The steps are numbers of leads').waitFor();
    await question.getByLabel('Leads of each step').fill('2, 2');
    receiver.fault({ kind: 'status', status: 503, times: null }); // its first step waits
    await question.getByRole('button', { name: 'Push 5 leads' }).click();
    await page.locator('[data-retry=RUNNING]').getByText('step 1 of 2: 2 leads').waitFor();
    await page.locator('[data-retry]').getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-retry=CANCELED]').waitFor();
    await page.locator('[data-count=frozen]', { hasText: /^5$/ }).waitFor();
  });

  test('stops after a step of which too many failed, and leaves the others where they were', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(14);
    const { page } = await stage.open(stage.path('reconciliation', '?view=events'));
    receiver.fault({ kind: 'status', status: 422, times: null });
    await page.getByRole('button', { name: 'Push 14 of Spring Expo' }).click();
    const question = page.getByRole('alertdialog');
    await question.getByRole('button', { name: 'Step by step' }).click();
    await question.getByLabel('Leads of each step').fill('10');
    await question.getByRole('button', { name: 'Push 14 leads' }).click();
    await page.locator('[data-retry=STOPPED]').getByText('Too many of a step failed').waitFor();
    await page.locator('[data-count=failed]', { hasText: /^10$/ }).waitFor();
    await page.locator('[data-count=frozen]', { hasText: /^4$/ }).waitFor();
    await expectAccessible(page);
  });
});
