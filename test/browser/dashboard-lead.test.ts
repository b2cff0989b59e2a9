import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser } from '../support/browser.ts';
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

async function openLead(page: Page, name: string) {
  await page.getByRole('button', { name, exact: true }).click();
  const drawer = page.getByRole('dialog', { name });
  await drawer.getByText('What happened').waitFor();
  return drawer;
}

describe('the preview of a push', () => {
  test('shows exactly what the vendor then gets', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(1);
    const { page, complaints } = await stage.open(stage.path());
    const drawer = await openLead(page, 'Ada Nº 1');
    await drawer.getByRole('button', { name: 'Show the preview' }).click();
    await drawer.locator('[data-preview=UNKNOWN]').getByText('Exactly what the vendor gets').click();
    const foretold = JSON.parse((await drawer.locator('[data-preview] pre').textContent()) ?? '');
    await expectAccessible(page);
    await expectToFitPhone(page);
    expect(receiver.deliveries()).toEqual([]); // a preview sends nothing
    await drawer.getByRole('button', { name: 'Push now' }).click();
    await drawer.locator('[data-drawer-status=CLEARED]').waitFor();
    expect(receiver.deliveries().map(({ data }) => data)).toEqual([foretold]);
    expect(await drawer.getByText('What a push would send').count()).toBe(0); // nothing waits any more
    expect(complaints).toEqual([]);
  });

  test('tells what is there, what is kept where only blanks are written, and what would fail', async () => {
    const { marketo, integrationId } = await stage.connectMarketo();
    await stage.captureLeads([{ firstName: 'Ada', email: 'ada@example.com', phone: '+49 1' }]);
    await stage.settled(integrationId);
    expect(marketo.leads()).toHaveLength(1);
    await stage.setMode('MANUAL', integrationId);
    await stage.captureLeads([
      { firstName: 'Augusta', email: 'ada@example.com', phone: '+49 2' },
      { firstName: 'Grace' },
    ]);
    const { page } = await stage.open(stage.path('reconciliation', '?group=PRE_SYNC', integrationId));
    const drawer = await openLead(page, 'Augusta');
    await drawer.getByRole('button', { name: 'Show the preview' }).click();
    const rowOf = (field: string) => drawer.locator('.changes tr', { hasText: field });
    await drawer.locator('[data-preview=UPDATE]').waitFor();
    expect(await rowOf('firstName').textContent()).toBe('firstNameAdaAugusta');
    expect(await rowOf('phone').textContent()).toBe('phone+49 1+49 2Kept as it is');
    await drawer.getByText('Exactly what the vendor gets').click();
    expect(await drawer.locator('[data-preview] pre').textContent()).not.toContain('+49 2');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    const other = await openLead(page, 'Grace');
    await other.getByRole('button', { name: 'Show the preview' }).click();
    await other.locator('[data-preview]').getByText('No e-mail to match by').waitFor();
  });
});

test('a lead is moved to another event by the keyboard, and the counts of both follow', async () => {
  await stage.setMode('MANUAL');
  await stage.capture(2);
  await stage.client.data('mutation { createEvent(input: { name: "Winter Forum" }) { __typename } }');
  const { page } = await stage.open(stage.path('reconciliation', '?view=events'));
  await page.getByRole('button', { name: 'Push 2 of Spring Expo' }).waitFor();
  await page.getByRole('button', { name: 'Leads', exact: true }).click();
  const drawer = await openLead(page, 'Ada Nº 1');
  await tabTo(page, 'Move to another event');
  await page.keyboard.press('Enter');
  const question = page.getByRole('alertdialog', { name: 'Move Ada Nº 1 to another event?' });
  await question.waitFor();
  await expectAccessible(page);
  await tabTo(page, 'Event');
  await page.keyboard.type('Winter');
  await page.getByRole('option', { name: /Winter Forum/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Move to Winter Forum');
  await page.keyboard.press('Enter');
  await question.waitFor({ state: 'hidden' });
  await drawer.getByText('Moved to another event').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('[data-item]', { hasText: 'Ada Nº 1' }).getByText('Winter Forum').waitFor();
  await page.getByRole('button', { name: 'Events', exact: true }).click();
  await page.getByRole('button', { name: 'Push 1 of Spring Expo' }).waitFor();
  await page.getByRole('button', { name: 'Push 1 of Winter Forum' }).waitFor();
});

describe('erasing a person', () => {
  test('says what is erased and kept, and then where the person has to be erased as well', async () => {
    await stage.capture(2);
    await stage.settled();
    const { page } = await stage.open(stage.path());
    await openLead(page, 'Ada Nº 1');
    await page.getByRole('button', { name: 'Erase the person' }).click();
    const question = page.getByRole('alertdialog', { name: 'Erase Ada Nº 1?' });
    for (const part of ['Is erased', 'Is kept', 'Stays elsewhere', 'Can not be undone'])
      await question.getByText(part, { exact: true }).waitFor();
    await expectAccessible(page);
    await expectToFitPhone(page);
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Erase the person' }).click();
    await question.getByRole('button', { name: 'Erase for good' }).click();
    const done = page.getByRole('alertdialog', { name: 'Ada Nº 1 is erased' });
    await done.locator('[data-remote-record]', { hasText: 'Data warehouse' }).waitFor();
    await expectAccessible(page);
    await done.getByRole('button', { name: 'Done' }).click();
    const drawer = page.getByRole('dialog', { name: 'Erased person' });
    await drawer.getByText('The person was erased', { exact: false }).first().waitFor();
    expect(await drawer.getByLabel('Company').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.locator('[data-item]', { hasText: 'Somebody without a name' }).waitFor();
    expect(await page.content()).not.toContain('lead-1@example.com');
    await page.locator('[data-count=cleared]', { hasText: /^2$/ }).waitFor();
  });

  test('is for administrators, which the button says', async () => {
    await stage.capture(1);
    const { secret } = await sluice.createKey('OPERATOR', { tenant: stage.tenant });
    const { page } = await stage.open(stage.path(), { key: secret });
    await openLead(page, 'Ada Nº 1');
    await page.getByRole('button', { name: 'Erase the person', disabled: true }).click({ force: true });
    await page.getByRole('status').getByText('your key is that of an operator').waitFor();
    expect(await page.getByRole('alertdialog').count()).toBe(0);
  });
});

test('a long history is read page by page', async () => {
  await stage.setMode('MANUAL');
  await stage.capture(1);
  const query = `query ($id: ID!) { reconciliation(integrationId: $id) { items(first: 1) { edges { node { id } } } } }`;
  type Items = { reconciliation: { items: { edges: { node: { id: string } }[] } } };
  const { reconciliation } = await stage.client.data<Items>(query, { id: stage.integrationId });
  const select = { syncItemIds: [reconciliation.items.edges[0]?.node.id] };
  for (let round = 0; round < 26; round += 1) {
    await stage.client.data(
      `mutation ($out: WithdrawItemsInput!, $back: RestoreItemsInput!) {
        withdrawItems(input: $out) { __typename }
        restoreItems(input: $back) { __typename }
      }`,
      { out: { integrationId: stage.integrationId, select }, back: { integrationId: stage.integrationId, select } },
    );
  }
  const { page } = await stage.open(stage.path());
  const drawer = await openLead(page, 'Ada Nº 1');
  expect(await drawer.locator('.history > li').count()).toBe(50);
  await drawer.getByRole('button', { name: 'Show what was before' }).click();
  await expect.poll(() => drawer.locator('.history > li').count(), patient).toBe(53);
  await drawer.getByText('Captured', { exact: false }).first().waitFor();
  expect(await drawer.getByRole('button', { name: 'Show what was before' }).count()).toBe(0);
});
