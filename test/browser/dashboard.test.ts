import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
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

describe('the session', () => {
  test('takes the key from the address, where it does not stay, and remembers it for this tab', async () => {
    const { page, foreign, complaints } = await stage.open();
    await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
    expect(page.url()).toBe(`${sluice.url}/`);
    expect(await page.evaluate('history.length')).toBe(2); // about:blank and this: no entry has the key
    await page.reload();
    await page.getByRole('link', { name: 'Data warehouse' }).click();
    await page.getByRole('heading', { name: 'Data warehouse' }).waitFor();
    await page.reload(); // an address of the dashboard's own
    await page.getByRole('heading', { name: 'Data warehouse' }).waitFor();
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('asks for a key, and says when it is refused', async () => {
    const { page } = await openPage(browser, sluice.url);
    await page.goto(sluice.url);
    await page.getByLabel('API key').fill('slk_nobody-has-this-key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('not known').waitFor();
    await page.getByLabel('API key').fill(stage.key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
    await page.getByRole('button', { name: 'Account and preferences' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.getItem("sluice.key")')).toBeNull();
  });

  test('ends with its key', async () => {
    const { createApiKey } = await stage.client.data<{ createApiKey: { apiKey: { id: string }; secret: string } }>(
      `mutation {
        createApiKey(input: { name: "Screen in hall 3", role: VIEWER }) {
          ... on CreateApiKeySuccess { apiKey { id } secret }
        }
      }`,
    );
    const { page } = await stage.open('/', { key: createApiKey.secret });
    await page.locator('#live[data-state=live]').waitFor();
    await stage.client.data('mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }', {
      id: createApiKey.apiKey.id,
    });
    await page.getByRole('alert').getByText('revoked').waitFor();
    await page.getByLabel('API key').waitFor();
  });
});

test('a tool is connected: refused addresses are said at their field, the secret is shown once', async () => {
  const { page } = await stage.open();
  await page.getByRole('button', { name: 'Connect a tool' }).click();
  await page.getByRole('button', { name: /^Webhook/ }).click();
  const form = page.getByRole('alertdialog', { name: 'Connect Webhook' });
  await form.getByLabel('Address').fill('ftp://example.com');
  await form.getByLabel('Name (optional)').fill('Second warehouse');
  await form.getByRole('button', { name: 'Connect' }).click();
  await form.getByRole('alert').first().waitFor();
  expect(await form.getByLabel('Address').getAttribute('aria-invalid')).toBe('true');
  await form.getByLabel('Address').fill(`${receiver.url}?second`);
  await form.getByRole('button', { name: 'Connect' }).click();
  const done = page.getByRole('alertdialog', { name: 'Second warehouse is connected' });
  expect(await done.getByLabel('Signing secret').inputValue()).toMatch(/^whsec_/);
  await done.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Second warehouse' }).waitFor();
});

describe('the setting', () => {
  test('switches to Manual only after it said what that does, and then tells what it did', async () => {
    const { page, complaints } = await stage.open(stage.path('connect'));
    await page.getByRole('button', { name: 'Manual', exact: true }).click();
    const question = page.getByRole('alertdialog', { name: 'Switch Data warehouse to Manual?' });
    for (const part of ['Stops', 'Goes on', 'Where leads wait', 'Getting them out']) {
      await question.getByText(part, { exact: true }).waitFor();
    }
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await stage.mode()).toBe('AUTOMATIC');

    await page.getByRole('button', { name: 'Manual', exact: true }).click();
    await question.getByLabel('Reason').fill('checking tags');
    await question.getByRole('button', { name: 'Switch to Manual' }).click();
    await page
      .getByRole('status')
      .getByText(/^Manual since/)
      .waitFor();
    await page.getByRole('button', { name: 'Manual', exact: true, pressed: true }).waitFor();
    expect(await stage.mode()).toBe('MANUAL');
    await page.getByText('Automatic to Manual').waitFor();
    await page.getByText('checking tags').waitFor();
    await stage.capture(2);
    await page.getByText('2 leads wait.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('disables, enables with the backlog frozen, and lets it go in Automatic', async () => {
    const { page } = await stage.open(stage.path('connect'));
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled: nothing is pushed, not even by hand.').waitFor();
    await stage.capture(2);
    await page.getByText('2 leads wait.').waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByRole('button', { name: 'Enable in Manual' }).click();
    await page.getByText('2 leads held.').waitFor();
    await page.getByRole('button', { name: 'Automatic', exact: true }).click();
    await page.getByRole('button', { name: 'Switch to Automatic' }).click();
    await page.getByText('2 leads released.').waitFor();
    expect(await stage.mode()).toBe('AUTOMATIC');
  });

  test('disconnects in red, and keeps what waits', async () => {
    const { page } = await stage.open(stage.path('connect'));
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText(/^Disconnected since/).waitFor();
    await stage.capture(1);
    await page.getByText('1 lead waits.').first().waitFor();
    await page.getByRole('button', { name: 'Connect again' }).waitFor();
  });

  test('shows a viewer everything, and lets nothing be switched, with the reason', async () => {
    const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
    const { page } = await stage.open(stage.path('connect'), { key: secret });
    await page.getByRole('heading', { name: 'Sync mode' }).waitFor();
    const posted: string[] = [];
    page.on('request', (request) => posted.push(request.url()));
    for (const name of ['Manual', 'Disable', 'Disconnect']) {
      await page.getByRole('button', { name, exact: true, disabled: true }).click({ force: true });
    }
    await page.getByRole('status').getByText('your key is that of a viewer').first().waitFor();
    expect(posted).toEqual([]);
    expect(await page.getByRole('alertdialog').count()).toBe(0);
  });
});

describe('the work list', () => {
  test('pushes an event that is held, with its progress and its outcome', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(4);
    const { page } = await stage.open(stage.path('reconciliation', '?view=events'));
    await page.getByRole('button', { name: 'Push 4 of Spring Expo' }).click();
    await page.getByRole('button', { name: 'Push 4 leads' }).click();
    await page.getByText('Pushed 4 leads: 4 cleared, 0 failed.').first().waitFor();
    await page.locator('[data-count=cleared]', { hasText: /^4$/ }).waitFor();
    expect(await stage.mode()).toBe('MANUAL');
  });

  test('a running push is canceled, and what waited is back', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(30);
    const { page } = await stage.open(stage.path());
    receiver.fault({ kind: 'status', status: 503, times: null });
    await page.getByRole('combobox', { name: 'Event' }).click();
    await page.getByRole('option', { name: /Spring Expo/ }).click();
    await page.getByRole('button', { name: /^Push this event/ }).click();
    await page.getByRole('button', { name: 'Push 30 leads' }).click();
    await page.locator('[data-retry]').getByRole('button', { name: 'Cancel' }).click();
    await page.locator('[data-retry=CANCELED]').waitFor();
    await page.locator('[data-count=frozen]', { hasText: /^30$/ }).waitFor();
  });

  test('names what failed and how to fix it, mends the lead, and sends it', async () => {
    receiver.script(422);
    await stage.capture(1);
    const { page } = await stage.open(stage.path('reconciliation', '?group=FAILED'));
    await page.getByText('The receiver of the webhook refused the delivery.').waitFor();
    const [help] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Help: Webhook rejected' }).click(),
    ]);
    await help.locator('#webhook-rejected:target').waitFor();
    await help.close();

    await page.getByRole('button', { name: 'Ada Nº 1', exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'Ada Nº 1' });
    await drawer.getByLabel('Company').fill('Weir & Sons');
    await drawer.getByRole('button', { name: 'Save and retry' }).click();
    await drawer.locator('[data-drawer-status=CLEARED]').waitFor();
    await drawer.getByText('Retried').first().waitFor();
    expect(JSON.stringify(receiver.deliveries().at(-1)?.data)).toContain('Weir & Sons');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Nothing failed' }).waitFor();
  });

  test('pushes a selection, and retries all that share a cause', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(3);
    const { page } = await stage.open(stage.path());
    receiver.script(422, 422);
    await page.getByRole('checkbox', { name: 'Select Ada Nº 1' }).check();
    await page.getByRole('checkbox', { name: 'Select Ada Nº 2' }).check();
    await page.getByRole('button', { name: 'Push 2' }).click();
    await page.getByRole('button', { name: 'Push 2 leads' }).click();
    await page.getByText('Pushed 2 leads: 0 cleared, 2 failed.').first().waitFor();
    await page.getByRole('button', { name: /^Failed/ }).click();
    await page.getByRole('button', { name: 'Retry 2: Webhook rejected' }).click();
    await page.getByRole('button', { name: 'Retry 2 leads' }).click();
    await page.getByText('Pushed 2 leads: 2 cleared, 0 failed.').first().waitFor();
    await page.getByRole('button', { name: /^Pre-Sync/ }).click();
    await page.locator('[data-status=FROZEN]').waitFor();
    expect(await page.locator('[data-item]').count()).toBe(1);
  });

  test('a lead is taken off the list and put back, and says of itself why it waits', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(2);
    const { page } = await stage.open(stage.path());
    await page.getByRole('button', { name: 'Ada Nº 1', exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'Ada Nº 1' });
    await drawer.locator('.explanation', { hasText: 'Manual' }).waitFor();
    await drawer.getByRole('button', { name: 'Take off the list' }).click();
    await drawer.locator('[data-drawer-status=WITHDRAWN]').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('[data-item]').count(), patient).toBe(1);
    await page.getByRole('button', { name: 'Withdrawn 1' }).click();
    await page.getByRole('checkbox', { name: 'Select Ada Nº 1' }).check();
    await page.getByRole('button', { name: 'Put back 1' }).click();
    await page.getByRole('button', { name: 'All 2' }).click();
    await expect.poll(() => page.locator('[data-item]').count(), patient).toBe(2);
  });

  test('what was sent and answered can be read', async () => {
    receiver.script({ status: 422, body: 'no such tag' });
    await stage.capture(1);
    const { page } = await stage.open(stage.path());
    await page.getByRole('button', { name: 'Ada Nº 1', exact: true }).click();
    const drawer = page.getByRole('dialog', { name: 'Ada Nº 1' });
    await drawer.getByText('Push 1: failed').click();
    await drawer.locator('pre', { hasText: 'lead-1@example.com' }).waitFor();
  });

  test('is let go step by step, and the mode follows with the last step', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(3);
    const { page } = await stage.open(stage.path('connect'));
    await page.getByRole('button', { name: 'Automatic', exact: true }).click();
    await page.getByRole('button', { name: 'Step by step' }).click();
    await page.getByRole('button', { name: 'Automatic', exact: true, pressed: true }).waitFor();
    await expect.poll(() => stage.mode(), patient).toBe('AUTOMATIC');
  });

  test('is narrowed by an address that can be sent to somebody else', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(2);
    await stage.capture(1, 'Grace');
    const { page } = await stage.open(stage.path('reconciliation', '?group=PRE_SYNC&search=grace'));
    await page.getByRole('button', { name: 'Grace Nº 1', exact: true }).waitFor();
    expect(await page.locator('[data-item]').count()).toBe(1);
    await page.getByRole('searchbox').fill('nobody');
    await page.getByRole('heading', { name: 'No lead matches “nobody”' }).waitFor();
    expect(page.url()).toContain('search=nobody');
  });
});

test('mappings are saved as they are changed, and a row that is refused says why', async () => {
  const { page } = await stage.open(stage.path('mapping'));
  await page.getByRole('button', { name: 'Add a field' }).click();
  const field = page.getByLabel('Field at the vendor for email');
  await field.fill('mail');
  await field.press('Enter');
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Add a field' }).click();
  const second = page.getByLabel('Field at the vendor for firstName');
  await second.fill('mail');
  await second.press('Enter');
  await page.getByText('Not saved').waitFor();
  await page.getByRole('alert').waitFor();
  await second.fill('given');
  await second.press('Enter');
  await expect.poll(() => page.getByText('Saved', { exact: true }).count(), patient).toBe(2);
  const { integration } = await stage.client.data<{ integration: { fieldMappings: { remoteField: string }[] } }>(
    'query ($id: ID!) { integration(id: $id) { fieldMappings { remoteField } } }',
    { id: stage.integrationId },
  );
  expect(integration.fieldMappings.map(({ remoteField }) => remoteField)).toEqual(['mail', 'given']);
});
