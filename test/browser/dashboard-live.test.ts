import type { Page, WebSocketRoute } from 'playwright-core';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { connectBrowser, openPage } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';
import { SluiceProgram } from '../support/sluice-program.ts';

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
    await page.evaluate(`
      window.states = [];
      new MutationObserver(() => states.push(document.querySelector('#live').dataset.state))
        .observe(document.querySelector('#live'), { attributeFilter: ['data-state'] });`);
    const lost = page.locator('#live', { hasText: /Offline since \d/ }).waitFor();
    await sockets[0]?.close({ code: 1012, reason: 'Service restart' });
    await lost;
    await stage.capture(2, 'Grace');
    await page.locator('#live[data-state=live]').waitFor();
    await expect.poll(() => page.locator('[data-item][data-status=CLEARED]').count(), patient).toBe(3);
    expect(sockets.length).toBeGreaterThan(1);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.at(-1)).not.toBe(asked[0]); // from where it was, not from the snapshot
    expect(await page.evaluate('states')).toEqual(['offline', 'catching-up', 'live']);
  });

  test('10,000 moves in a burst are applied frame by frame, and in the end the numbers agree with the lists', async () => {
    const { integrationId } = await stage.connectMarketo(); // takes 300 a call
    for (const id of [stage.integrationId, integrationId]) await stage.setMode('MANUAL', id);
    await stage.capture(5_000);
    const { page } = await openPage(browser, sluice.url);
    let moves = 0;
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        moves += String(payload).split('"itemVersion"').length - 1;
      }),
    );
    const scrollToEnd = () =>
      page.evaluate('scrollTo(0, document.body.scrollHeight), document.querySelector(".list-foot").textContent');
    await page.addInitScript(countCommits);
    await page.goto(`${sluice.url}${stage.path('reconciliation', '?group=CLEARED', integrationId)}#key=${stage.key}`);
    await page.getByRole('heading', { name: 'Nothing has arrived yet' }).waitFor();
    await page.locator('#live[data-state=live]').waitFor();
    const before = (await page.evaluate('({ commits, frames })')) as { commits: number; frames: number };
    await stage.setMode('AUTOMATIC', integrationId);
    await page.locator('[data-count=cleared]', { hasText: /^5,000$/ }).waitFor({ timeout: 50_000 });
    // The list has followed move by move, the number comes from the server. Where it was read anew meanwhile, its end is read now.
    await expect.poll(scrollToEnd, { timeout: 30_000, interval: 100 }).toBe('5,000 of 5,000');
    const after = (await page.evaluate('({ commits, frames })')) as { commits: number; frames: number };
    expect(moves).toBeGreaterThan(5_000); // some were in a snapshot
    const [commits, frames] = [after.commits - before.commits, after.frames - before.frames];
    expect(commits).toBeLessThan(Math.min(2 * frames, moves / 4)); // one by one they would be as many as the moves
    expect(await page.locator('[data-item]').count()).toBeLessThan(60); // only what is in sight is in the page
    await page.getByRole('button', { name: 'Pre-Sync 0' }).click();
    await page.getByRole('heading', { name: 'Nothing waits' }).waitFor();
    await page.getByRole('button', { name: 'All 5,000' }).click();
    await page.getByText(/ of 5,000$/).waitFor();
  });

  test('a list from which leads leave faster than it is read ends as empty as its number says', async () => {
    await stage.setMode('MANUAL');
    await stage.capture(400);
    const { page } = await stage.open(stage.path('reconciliation', '?group=PRE_SYNC'));
    await page.getByText(/^100 of 400$/).waitFor();
    await page.locator('[data-item]').first().getByRole('button', { name: /^Push/ }).click();
    await page.getByRole('button', { name: 'Pre-Sync 399' }).waitFor();
    await page.getByText(/ of 399$/).waitFor();
    receiver.script(...Array.from({ length: 40 }, () => 422));
    await stage.setMode('AUTOMATIC');
    await page.getByRole('heading', { name: 'Nothing waits' }).waitFor();
    await page.getByRole('button', { name: 'Pre-Sync 0' }).waitFor();
    await page.getByRole('button', { name: 'Failed 40' }).click();
    await page.getByText(/^40 of 40$/).waitFor();
  });
});

describe('a list of which the first page is loaded has every lead in the end', () => {
  const named = (firstName: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ firstName, lastName: `Nº ${index + 1}` }));
  const push = async (search: string) => {
    const input = { integrationId: stage.integrationId, select: { filter: { search } } };
    await stage.client.data('mutation ($input: RetryInput!) { retry(input: $input) { __typename } }', { input });
    await stage.settled();
  };
  const scrollToEnd = (page: Page) => page.evaluate('scrollTo(0, document.body.scrollHeight)');

  test('also one that was captured in the same instant as its last row', async () => {
    await stage.setMode('MANUAL');
    await stage.captureLeads([...named('Ada', 120), { firstName: 'Beatrice' }]); // in one instant; the last one is first on the list
    await push('Ada');
    const { page } = await stage.open(stage.path('reconciliation', '?group=CLEARED'));
    await page.getByText(/^100 of 120$/).waitFor();
    await push('Beatrice');
    await page.getByRole('button', { name: 'Cleared 121' }).waitFor();
    await page.getByText(/^101 of 121$/).waitFor();
    await scrollToEnd(page);
    await page.getByText(/^121 of 121$/).waitFor();
  });

  test('also one that came behind its last row while the next page was on its way', async () => {
    await stage.captureLeads(named('Old', 20));
    await stage.settled();
    await stage.setMode('MANUAL');
    await stage.captureLeads([{ firstName: 'Beatrice' }]);
    await stage.captureLeads(named('Ada', 110));
    await push('Ada');
    const { page } = await openPage(browser, sluice.url);
    const heard = Promise.withResolvers<void>();
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const text = String(payload);
        if (text.includes('leadStatusesChanged') && text.includes('Beatrice') && text.includes('CLEARED'))
          heard.resolve();
      }),
    );
    await page.goto(`${sluice.url}${stage.path('reconciliation', '?group=CLEARED')}#key=${stage.key}`);
    await page.getByText(/^100 of 130$/).waitFor();
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query WorkList')) return route.continue();
      const read = await route.fetch(); // without her: she is cleared when it has been read
      await push('Beatrice');
      await heard.promise;
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      await route.fulfill({ response: read });
    });
    await scrollToEnd(page);
    await page.getByText(/^131 of 131$/).waitFor();
    await page.getByRole('button', { name: 'Cleared 131' }).waitFor();
  });
});

/** Counts the frames, and what React's developer tools would be told of: the commits of every tree, also of a build for production. */
const countCommits = `
  Object.assign(window, { commits: 0, frames: 0 });
  window.__REACT_DEVTOOLS_GLOBAL_HOOK__ = {
    supportsFiber: true, renderers: new Map(), inject: () => 1,
    onCommitFiberRoot: () => { window.commits += 1; }, onPostCommitFiberRoot: () => {}, onCommitFiberUnmount: () => {},
  };
  const count = () => { window.frames += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);`;

test('a server that is killed in the middle of a push and started again goes on, and the page with it', async () => {
  const program = await SluiceProgram.start();
  onTestFinished(async () => void (await program.stop()));
  const client = await program.client;
  const { connect } = await client.data<{ connect: { integration: { id: string } } }>(
    'mutation ($input: ConnectInput!) { connect(input: $input) { ... on ConnectSuccess { integration { id } } } }',
    { input: { vendor: 'WEBHOOK', name: 'Data warehouse', credentials: { webhook: { url: receiver.url } } } },
  );
  const { createEvent } = await client.data<{ createEvent: { event: { id: string } } }>(
    'mutation { createEvent(input: { name: "Spring Expo" }) { ... on CreateEventSuccess { event { id } } } }',
  );
  const capture = (email: string) =>
    client.data('mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }', {
      input: { eventId: createEvent.event.id, leads: [{ firstName: 'Ada', email }] },
    });
  const { page } = await openPage(browser, client.url);
  await page.goto(`${client.url}/integrations/${encodeURIComponent(connect.integration.id)}#key=${client.key}`);
  await page.getByRole('heading', { name: 'No leads yet' }).waitFor();
  receiver.fault({ kind: 'hang' });
  await capture('one@example.com');
  await receiver.untilHanging();
  await page.locator('[data-item][data-status=SYNCING]').waitFor();
  await program.kill();
  await page.locator('#live[data-state=offline]', { hasText: /Offline since \d/ }).waitFor();
  receiver.clearFaults();
  await program.start(); // at the same address
  await capture('two@example.com');
  await page.locator('[data-item][data-status=CLEARED]').nth(1).waitFor();
  await page.locator('[data-count=cleared]', { hasText: /^2$/ }).waitFor();
  await page.locator('#live[data-state=live]').waitFor();
  expect(await page.locator('[data-item]').count()).toBe(2);
});
