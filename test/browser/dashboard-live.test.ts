import { randomBytes } from 'node:crypto';
import type { WebSocketRoute } from 'playwright-core';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { loadConfig } from '../../src/config.ts';
import { startSluice } from '../../src/start.ts';
import { connectBrowser, openPage } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { createDatabase } from '../support/database.ts';
import { startTestSluice, TestClient } from '../support/sluice.ts';

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

describe('what is shown is live', () => {
  test('leads arrive in counts and in rows without being asked for', async () => {
    const { page } = await stage.open(stage.path());
    await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
    await stage.capture(3);
    await page.locator('[data-count=cleared]', { hasText: /^3$/ }).waitFor();
    await expect.poll(() => page.locator('[data-item][data-status=CLEARED]').count(), patient).toBe(3);
    await page.locator('#live[data-state=live]').waitFor();
  });

  test('what one browser switches and pushes, another one sees', async () => {
    const [one, other] = [await stage.open(stage.path('connect')), await stage.open(stage.path())];
    await other.page.getByRole('heading', { name: 'No leads yet' }).waitFor();
    await one.page.getByRole('button', { name: 'Manual', exact: true }).click();
    await one.page.getByRole('button', { name: 'Switch to Manual' }).click();
    await other.page.getByText('Manual: leads wait until somebody pushes them').waitFor();
    await stage.capture(2);
    await other.page.locator('[data-item][data-status=FROZEN]').nth(1).waitFor();

    // A hold moves no lead, so nothing tells of them one by one: the rows follow the version of the setting.
    await one.page.getByRole('button', { name: 'Disable', exact: true }).click();
    await one.page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
    await other.page.locator('[data-item]', { hasText: 'Disabled' }).nth(1).waitFor();
  });

  test('a lost connection is shown with its time, and what was missed arrives exactly once', async () => {
    const { page } = await openPage(browser, sluice.url);
    const sockets: WebSocketRoute[] = [];
    const asked: string[] = [];
    await page.routeWebSocket('**/graphql', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (String(message).includes('LeadStatusesChanged'))
          asked.push(JSON.parse(String(message)).payload.variables.after);
        server.send(message);
      });
      sockets.push(socket);
    });
    await page.goto(`${sluice.url}${stage.path()}#key=${stage.key}`);
    await page.locator('#live[data-state=live]').waitFor();
    await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
    await stage.capture(1);
    await page.locator('[data-item][data-status=CLEARED]').waitFor();
    const lost = page.locator('#live', { hasText: /Offline since \d/ }).waitFor();
    await sockets[0]?.close({ code: 1012, reason: 'Service restart' });
    await lost;
    await stage.capture(2, 'Grace');
    await page.locator('#live[data-state=live]').waitFor();
    await expect.poll(() => page.locator('[data-item][data-status=CLEARED]').count(), patient).toBe(3);
    expect(sockets.length).toBeGreaterThan(1);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.at(-1)).not.toBe(asked[0]); // from where it was, not from the snapshot
  });

  test('10,000 moves in a burst leave the page usable and the numbers right', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(5_000);
    const { page } = await stage.open(stage.path());
    await page.locator('[data-item]').first().waitFor();
    await page.evaluate(`
      window.longest = 0; let last = performance.now();
      const tick = (now) => { window.longest = Math.max(window.longest, now - last); last = now; requestAnimationFrame(tick); };
      requestAnimationFrame(tick);`);
    await stage.setMode('AUTOMATIC');
    await page.locator('[data-count=cleared]', { hasText: /^5,000$/ }).waitFor({ timeout: 50_000 });
    await expect.poll(() => page.locator('[data-item]:not([data-status=CLEARED])').count(), patient).toBe(0);
    expect(await page.locator('[data-item]').count()).toBeLessThan(60); // only what is in sight is in the page
    await page.getByRole('button', { name: /^Cleared/ }).click();
    await page.getByText(/ of 5,000$/).waitFor();
    expect(await page.evaluate('window.longest')).toBeLessThan(1_500);
  });
});

test('a server that is ended and started again while the page is open goes on where it was', async () => {
  const database = await createDatabase();
  const environment = {
    DATABASE_URL: database.url,
    SECRET_KEYS: `test:${randomBytes(32).toString('base64')}`,
    ALLOW_PRIVATE_NETWORKS: 'true',
    LOG_LEVEL: 'silent',
    BOOTSTRAP_API_KEY: 'a-key-that-outlives-the-server',
    SHUTDOWN_SECONDS: '2',
  };
  let running = await startSluice(loadConfig({ ...environment, PORT: '0' }));
  onTestFinished(() => running.stop());
  const client = new TestClient(running.url, environment.BOOTSTRAP_API_KEY);
  await client.data('mutation ($input: ConnectInput!) { connect(input: $input) { __typename } }', {
    input: { vendor: 'WEBHOOK', name: 'Data warehouse', credentials: { webhook: { url: receiver.url } } },
  });
  const { page } = await openPage(browser, running.url);
  await page.goto(`${running.url}/#key=${environment.BOOTSTRAP_API_KEY}`);
  await page.getByRole('link', { name: 'Data warehouse' }).click();
  await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
  await running.stop();
  await page.locator('#live[data-state=offline]').waitFor();
  running = await startSluice(loadConfig({ ...environment, PORT: new URL(running.url).port }));
  const { createEvent } = await client.data<{ createEvent: { event: { id: string } } }>(
    'mutation { createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } } }',
  );
  await client.data('mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }', {
    input: { eventId: createEvent.event.id, leads: [{ firstName: 'Ada', email: 'ada@example.com' }] },
  });
  await page.locator('[data-item][data-status=CLEARED]').waitFor();
  await page.locator('[data-count=cleared]', { hasText: /^1$/ }).waitFor();
  await page.locator('#live[data-state=live]').waitFor();
});
