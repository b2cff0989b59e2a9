import type { WebSocketRoute } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { launchBrowser, openPage, type WatchedPage } from '../support/browser.ts';
import { Tenant } from '../support/factory.ts';
import { startTestSluice, type TestClient } from '../support/sluice.ts';

const sluice = await startTestSluice();
const browser = await launchBrowser();

/** A fresh organization with an event, and a webhook that takes whatever comes. */
class Stage {
  readonly tenant: Tenant;
  readonly key: string;
  readonly client: TestClient;
  readonly integrationId: string;
  readonly eventId: string;
  readonly receiver: WebhookReceiver;

  private constructor(tenant: Tenant, key: string, receiver: WebhookReceiver, integrationId: string, eventId: string) {
    this.tenant = tenant;
    this.key = key;
    this.receiver = receiver;
    this.client = sluice.client(key);
    this.integrationId = integrationId;
    this.eventId = eventId;
  }

  static async set(receiver: WebhookReceiver): Promise<Stage> {
    const tenant = await Tenant.create(sluice.services);
    const { secret } = await sluice.createKey('ADMIN', { tenant });
    const { connect } = await sluice.client(secret).data<{ connect: { integration: { id: string } } }>(
      `mutation ($input: ConnectInput!) {
        connect(input: $input) { ... on ConnectSuccess { integration { id } } }
      }`,
      { input: { vendor: 'WEBHOOK', name: 'Data warehouse', credentials: { webhook: { url: receiver.url } } } },
    );
    const { createEvent } = await sluice.client(secret).data<{ createEvent: { event: { id: string } } }>(
      `mutation {
        createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } }
      }`,
    );
    return new Stage(tenant, secret, receiver, connect.integration.id, createEvent.event.id);
  }

  async capture(count: number): Promise<void> {
    const leads = Array.from({ length: count }, () => ({ firstName: 'Ada', email: 'ada@example.com' }));
    await this.client.data(`mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }`, {
      input: { eventId: this.eventId, leads },
    });
  }

  async mode(): Promise<string> {
    const { syncMode } = await this.client.data<{ syncMode: { mode: string } }>(
      'query ($id: ID!) { syncMode(integrationId: $id) { mode } }',
      { id: this.integrationId },
    );
    return syncMode.mode;
  }

  /** The page, signed in by the address. */
  async open(key = this.key): Promise<WatchedPage> {
    const watched = await openPage(browser, sluice.url);
    await watched.page.goto(`${sluice.url}/#key=${encodeURIComponent(key)}`);
    return watched;
  }
}

let stage: Stage;
beforeEach(async () => {
  const receiver = await startWebhookReceiver();
  stage = await Stage.set(receiver);
  return () => receiver.close();
});

describe('the page at /', () => {
  test('takes the key from the address, where it does not stay, and remembers it for this tab', async () => {
    const { page, foreign, complaints } = await stage.open();
    await page.getByRole('heading', { name: 'Data warehouse' }).waitFor();
    expect(page.url()).toBe(`${sluice.url}/`);
    expect(await page.evaluate('history.length')).toBe(2); // about:blank and this: no entry has the key
    await page.reload();
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
    await page.getByRole('heading', { name: 'Data warehouse' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await page.evaluate('sessionStorage.getItem("sluice.key")')).toBeNull();
  });

  test('shows leads that arrive without being asked again', async () => {
    const { page } = await stage.open();
    await page.locator('[data-count=cleared]', { hasText: /^0$/ }).waitFor();
    await stage.capture(3);
    await page.locator('[data-count=cleared]', { hasText: /^3$/ }).waitFor();
    await page.getByText('3 cleared').waitFor();
    expect(await page.locator('#live').textContent()).toBe('Live');
  });

  test('switches to Manual only after it said what that does, and then tells what it did', async () => {
    const { page, complaints } = await stage.open();
    await page.getByRole('button', { name: 'Manual', exact: true }).click();
    const question = page.getByRole('dialog', { name: 'Switch Data warehouse to Manual?' });
    for (const part of ['Stops', 'Goes on', 'Where leads wait', 'Getting them out']) {
      await question.getByText(part, { exact: true }).waitFor();
    }
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await stage.mode()).toBe('AUTOMATIC');

    await page.getByRole('button', { name: 'Manual', exact: true }).click();
    await question.getByRole('button', { name: 'Switch to Manual' }).click();
    await page
      .getByRole('status')
      .getByText(/^Manual since/)
      .waitFor();
    await page.getByRole('button', { name: 'Manual', exact: true, pressed: true }).waitFor();
    expect(await stage.mode()).toBe('MANUAL');
    await stage.capture(2);
    await page.locator('[data-count=frozen]', { hasText: /^2$/ }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('pushes an event that is held, and goes back to Automatic', async () => {
    const { page } = await stage.open();
    await page.getByRole('button', { name: 'Manual', exact: true }).click();
    await page.getByRole('button', { name: 'Switch to Manual' }).click();
    await page.getByText(/^Manual since/).waitFor();
    await stage.capture(4);
    await page.locator('[data-count=frozen]', { hasText: /^4$/ }).waitFor();
    await page.getByRole('button', { name: 'Push this event: Spring Expo' }).click();
    await page.getByText('Pushed 4 leads: 4 cleared, 0 failed.').waitFor();
    await page.locator('[data-count=cleared]', { hasText: /^4$/ }).waitFor();
    expect(await stage.mode()).toBe('MANUAL');

    await stage.capture(1);
    await page.locator('[data-count=frozen]', { hasText: /^1$/ }).waitFor();
    await page.getByRole('button', { name: 'Automatic', exact: true }).click();
    await page.getByRole('button', { name: 'Switch to Automatic' }).click();
    await page.getByText(/^Automatic since .*: 1 lead released\.$/).waitFor();
    await page.locator('[data-count=cleared]', { hasText: /^5$/ }).waitFor();
  });

  test('disables, and enables with the backlog frozen', async () => {
    const { page } = await stage.open();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled: nothing is pushed, by hand neither.').waitFor();
    await stage.capture(2);
    await page.locator('[data-count=frozen]', { hasText: /^2$/ }).waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByRole('button', { name: 'Enable in Manual' }).click();
    await page.getByText(/^Manual since .*: 2 leads held\.$/).waitFor();
    expect(await stage.mode()).toBe('MANUAL');
  });

  test('names what failed and how to fix it, and leads to the help for that', async () => {
    const { page } = await stage.open();
    stage.receiver.script(422);
    await stage.capture(1);
    await page.getByText('Webhook rejected').click();
    await page.getByText('The receiver of the webhook refused the delivery.').waitFor();
    const [help] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'How to fix it' }).click(),
    ]);
    await help.locator('#webhook-rejected:target').waitFor();
    expect(await help.locator('#webhook-rejected').textContent()).toBe('WEBHOOK_REJECTED');
  });

  test('shows a viewer everything, and lets nothing be switched', async () => {
    const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
    const { page } = await stage.open(secret);
    await page.getByText('(viewer)').waitFor();
    const posted: string[] = [];
    page.on('request', (request) => posted.push(request.url()));
    for (const name of ['Manual', 'Disable']) {
      await page.getByRole('button', { name, exact: true, disabled: true }).click({ force: true });
    }
    await page.evaluate('document.title'); // whatever a click asked for was asked for before this
    expect(posted).toEqual([]);
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('comes back by itself when its connection is lost, and misses nothing', async () => {
    const { page } = await openPage(browser, sluice.url);
    const sockets: WebSocketRoute[] = [];
    await page.routeWebSocket('**/graphql', (socket) => {
      socket.connectToServer();
      sockets.push(socket);
    });
    await page.goto(`${sluice.url}/#key=${stage.key}`);
    await page.locator('#live', { hasText: 'Live' }).waitFor();
    await stage.capture(1);
    await page.locator('[data-count=cleared]', { hasText: /^1$/ }).waitFor();
    const lost = page.locator('#live', { hasText: 'Reconnecting' }).waitFor();
    await sockets[0]?.close({ code: 1012, reason: 'Service restart' });
    await lost;
    await stage.capture(1);
    await page.locator('[data-count=cleared]', { hasText: /^2$/ }).waitFor();
    await page.locator('#live', { hasText: 'Live' }).waitFor();
    expect(sockets.length).toBeGreaterThan(1);
  });

  test('ends with its key', async () => {
    const { createApiKey } = await stage.client.data<{ createApiKey: { apiKey: { id: string }; secret: string } }>(
      `mutation {
        createApiKey(input: { name: "Screen in hall 3", role: VIEWER }) {
          ... on CreateApiKeySuccess { apiKey { id } secret }
        }
      }`,
    );
    const { page } = await stage.open(createApiKey.secret);
    await page.locator('#live', { hasText: 'Live' }).waitFor();
    await stage.client.data('mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }', {
      id: createApiKey.apiKey.id,
    });
    await page.getByRole('alert').getByText('revoked').waitFor();
    await page.getByLabel('API key').waitFor();
  });
});
