import { sql } from 'drizzle-orm';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser, openPage } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startSlackReceiver } from '../support/message-receivers.ts';
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

/** For everybody: nothing serious in light and dark, nothing wider than a phone. */
async function expectForEverybody(page: Page): Promise<void> {
  await expectAccessible(page);
  await expectToFitPhone(page);
}

test('from every page one gets to every other, and sees where one is', async () => {
  const { page, complaints } = await stage.open();
  for (const [name, part] of [
    ['Verification', 'verification'],
    ['Notifications', 'notifications'],
    ['API keys', 'keys'],
    ['Integrations', 'integrations'],
  ] as const) {
    await page.getByRole('navigation').getByRole('link', { name }).click();
    await page.locator(`[data-page=${part}]`).waitFor();
    await page.locator('nav [aria-current=page]', { hasText: name }).waitFor();
    await page.reload();
    await page.locator(`[data-page=${part}]`).waitFor();
  }
  expect(complaints).toEqual([]);
});

describe('a verification', () => {
  test('is started by the keyboard, and shows where every lead is', async () => {
    receiver.script(422);
    await stage.capture(3);
    await stage.settled();
    const { page } = await stage.open('/verification');
    await page.getByRole('heading', { name: 'Nothing was verified yet' }).waitFor();
    await expectForEverybody(page);
    await tabTo(page, 'Verify now');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await tabTo(page, 'Verify');
    await page.keyboard.press('Enter');
    await page.locator('[data-verification=COMPLETED]').waitFor();
    await page.locator('[data-verification] [data-outcome=HOLDS]').waitFor();
    expect(await page.locator('.balance').textContent()).toBe('Cleared2Failed1Captured3');
    expect(new URL(page.url()).pathname).toMatch(/^\/verification\/.+/);
    await expectForEverybody(page);
  });

  test('names what is wrong with a way out, and leads to the lead', async () => {
    await stage.capture(2);
    await stage.settled();
    // By hand and past the triggers, as it must never happen.
    await sluice.services.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(sql`update sync_items set state = 'WITHDRAWN' where id =
        (select id from sync_items where org_id = ${stage.tenant.orgId} limit 1)`);
    });
    const { page } = await stage.open('/verification');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByLabel('What').selectOption({ label: 'Data warehouse only' });
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    const finding = page.locator('[data-finding=ITEM_CONTRADICTS_LOG]');
    await finding.getByText('Sluice itself does not do this').waitFor();
    await expectForEverybody(page);
    await finding.getByRole('link', { name: /^Open Ada/ }).click();
    await page.getByRole('dialog', { name: /^Ada/ }).waitFor();
  });

  test('is not started by a viewer, who sees those of others', async () => {
    await stage.client.data('mutation { verify(input: {}) { __typename } }');
    const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
    const { page } = await stage.open('/verification', { key: secret });
    await page.locator('[data-verification=COMPLETED]').waitFor();
    await page.getByRole('button', { name: 'Verify now', disabled: true }).click({ force: true });
    await page.getByRole('status').getByText('your key is that of a viewer').waitFor();
    expect(await page.getByRole('alertdialog').count()).toBe(0);
  });
});

describe('notifications', () => {
  test('a rule is added, tested, edited, paused and deleted', async () => {
    const slack = await startSlackReceiver();
    const { page } = await stage.open('/notifications');
    await page.getByRole('heading', { name: 'Nobody is notified yet' }).waitFor();
    await expectForEverybody(page);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const form = page.getByRole('alertdialog', { name: 'Add a rule' });
    await form.getByLabel('Name').fill('Field ops');
    await form.getByLabel('A connection is lost').uncheck();
    await form.getByLabel('Of', { exact: true }).selectOption({ label: 'Data warehouse' });
    await form.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: /Spring Expo/ }).click();
    await form.getByLabel('Failed leads are told').selectOption('DAILY');
    await form.getByLabel('By the clock of').selectOption('Asia/Tokyo');
    await form.getByLabel('Webhook address').fill(slack.url);
    await expectForEverybody(page);
    await form.getByRole('button', { name: 'Add the rule' }).click();
    const rule = page.locator('[data-rule]');
    await rule.getByText('Leads fail: daily at 9:00').waitFor();
    await rule.getByText('Data warehouse, Spring Expo · clock of Asia/Tokyo').waitFor();
    expect(await rule.getByText('A connection is lost').count()).toBe(0);
    expect(await page.content()).not.toContain('secret-path');
    await expectForEverybody(page);

    await rule.getByRole('button', { name: 'Send a test of Field ops' }).click();
    await page.getByRole('status').getByText('was taken').waitFor();
    expect(JSON.stringify(slack.inbox.messages[0]?.body)).toContain('Field ops');

    await rule.getByRole('button', { name: 'Edit Field ops' }).click();
    await page.getByRole('alertdialog').getByLabel('Name').fill('Night shift');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Save' }).click();
    await rule.getByRole('heading', { name: 'Night shift' }).waitFor();
    slack.script({ status: 500 });
    await rule.getByRole('button', { name: 'Send a test of Night shift' }).click();
    await page.getByRole('status').getByText('500').waitFor(); // its address was kept

    await rule.getByRole('button', { name: 'Pause Night shift' }).click();
    await rule.getByText('Paused', { exact: true }).waitFor();
    await rule.getByRole('button', { name: 'Delete Night shift' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Nobody is notified yet' }).waitFor();
  });

  test('what is wrong with a rule is said at its field, and a message that was not taken on its card', async () => {
    const slack = await startSlackReceiver();
    slack.script({ status: 404 });
    const { page } = await openPage(browser, sluice.url);
    await page.clock.install();
    await page.goto(`${sluice.url}/notifications#key=${stage.key}`);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const form = page.getByRole('alertdialog', { name: 'Add a rule' });
    await form.getByLabel('Name').fill('Field ops');
    await form.getByRole('button', { name: 'By e-mail' }).click();
    await form.getByLabel('E-mail addresses').fill('nobody');
    await form.getByRole('button', { name: 'Add the rule' }).click();
    await form.getByRole('alert').first().waitFor();
    expect(await form.getByLabel('E-mail addresses').getAttribute('aria-invalid')).toBe('true');
    await form.getByRole('button', { name: 'To Slack or a webhook' }).click();
    await form.getByLabel('Webhook address').fill(slack.url);
    await form.getByRole('button', { name: 'Add the rule' }).click();
    await page.locator('[data-rule]').waitFor();
    receiver.script(410); // gone: told at once, whatever the cadence
    await stage.capture(1);
    await slack.inbox.until(1);
    const lastError = async () =>
      (
        await stage.client.data<{ notificationRules: { lastError: string | null }[] }>(
          '{ notificationRules { lastError } }',
        )
      ).notificationRules[0]?.lastError;
    await expect.poll(lastError, patient).toContain('404');
    await page.clock.fastForward(10_000); // the page looks again by itself
    await page.locator('[data-rule]').getByText('The last message could not be delivered').waitFor();
    await page.locator('[data-rule]').getByText('Tried again').waitFor();
    await expectForEverybody(page);
  });

  test('administrators alone see who is notified', async () => {
    const { secret } = await sluice.createKey('OPERATOR', { tenant: stage.tenant });
    const { page } = await stage.open('/notifications', { key: secret });
    await page.getByRole('heading', { name: 'Administrators see who is notified' }).waitFor();
    await page.getByText('your key is that of an operator').waitFor();
    expect(await page.getByRole('button', { name: 'Add a rule' }).count()).toBe(0);
  });
});

describe('API keys', () => {
  test('one is created, shown this once, good at once, and ends when it is revoked', async () => {
    const { page } = await stage.open('/keys');
    await page.getByRole('button', { name: 'Create a key' }).click();
    const form = page.getByRole('alertdialog', { name: 'Create a key' });
    await form.getByLabel('Name').fill('Screen in hall 3');
    await form.getByLabel('Expires').selectOption({ label: 'In a week' });
    await expectForEverybody(page);
    await form.getByRole('button', { name: 'Create' }).click();
    const shown = page.getByRole('alertdialog', { name: 'The key of Screen in hall 3' });
    const secret = await shown.getByLabel('API key').inputValue();
    await expectForEverybody(page);
    await shown.getByRole('button', { name: 'Done' }).click();
    const line = page.locator('[data-key]', { hasText: 'Screen in hall 3' });
    await line.getByText('Viewer').waitFor();
    await line.getByText('Expires').waitFor();
    await expectForEverybody(page);
    expect(await page.content()).not.toContain(secret);

    const other = await stage.open('/', { key: secret });
    await other.page.locator('#live[data-state=live]').waitFor();
    await line.getByRole('button', { name: 'Revoke Screen in hall 3' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await other.page.getByRole('alert').getByText('revoked').waitFor();
    await page.getByText('1 key revoked or expired').click();
    await line.getByText(/^Revoked/).waitFor();
    await expect.poll(() => line.getByRole('button').count(), patient).toBe(0);
  });

  test('administrators alone see them', async () => {
    const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
    const { page } = await stage.open('/keys', { key: secret });
    await page.getByRole('heading', { name: 'Administrators see the keys' }).waitFor();
    expect(await page.locator('[data-key]').count()).toBe(0);
  });
});
