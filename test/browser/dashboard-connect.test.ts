import { readFile } from 'node:fs/promises';
import { buildSchema, getOperationAST, getVariableValues, parse } from 'graphql';
import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser } from '../support/browser.ts';
import { type FilledForm, signInForms, typedForms } from '../support/connect-forms.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

const hubspot = await startHubspot({ rateMax: null });
afterAll(() => hubspot.close());
const sluice = await startTestSluice({ environment: { HUBSPOT_AUTH_URL: hubspot.url, HUBSPOT_API_URL: hubspot.url } });
const browser = await connectBrowser();
const vendors = [hubspot.url];

let receiver: WebhookReceiver;
let stage: DashboardStage;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  stage = await DashboardStage.set(sluice, browser, receiver);
  return () => receiver.close();
});

const openForm = async (page: Page, vendor: RegExp, way?: string) => {
  await page.getByRole('button', { name: 'Connect a tool' }).click();
  await page.getByRole('dialog').getByRole('button', { name: vendor }).click();
  if (way) await page.getByRole('button', { name: way, exact: true }).click();
};

const fillForm = async (page: Page, { fill, check = [] }: Pick<FilledForm, 'fill' | 'check'>) => {
  for (const [label, value] of Object.entries(fill)) await page.getByLabel(label, { exact: true }).fill(value);
  for (const label of check) await page.getByLabel(label, { exact: true }).check();
};

const app = { 'Client ID': hubspot.clientId, 'Client secret': hubspot.clientSecret };
const waiting = (page: Page) => page.locator('[data-sign-in=pending]');
const connected = (page: Page) => page.getByRole('alertdialog', { name: 'HubSpot is connected' });

/** Holds back what the vendor answers to the browser until `answer` is called; gives the vendor's page. */
async function holdVendor(page: Page) {
  const gate = Promise.withResolvers<void>();
  await page.context().route(
    (url) => url.origin === hubspot.url,
    async (route) => {
      await gate.promise;
      await route.continue();
    },
  );
  return { answer: gate.resolve };
}

describe('a form', () => {
  const schema = readFile('schema.graphql', 'utf8').then((sdl) => buildSchema(sdl));

  /** Answers the mutation itself, and gives what the page sent: nothing is to leave for the vendors of the world. */
  async function catchMutation(page: Page, name: 'Connect' | 'BeginAuthorization', field: string) {
    const sent: Record<string, unknown>[] = [];
    await page.route('**/graphql', async (route) => {
      const { operationName, query, variables } = route.request().postDataJSON();
      if (operationName !== name) return route.fallback();
      const operation = getOperationAST(parse(query));
      const { errors } = getVariableValues(await schema, operation?.variableDefinitions ?? [], variables);
      expect(errors ?? []).toEqual([]);
      sent.push(variables.input);
      const fieldErrors = [{ __typename: 'FieldError', path: '', message: 'caught by a test.' }];
      const refused = { __typename: 'ValidationError', message: 'no', fieldErrors };
      return route.fulfill({ json: { data: { [field]: refused } } });
    });
    return sent;
  }

  test('is there for every way of every vendor, and sends what the API takes', async () => {
    const { page } = await stage.open();
    const sent = await catchMutation(page, 'Connect', 'connect');
    for (const form of typedForms) {
      await openForm(page, form.vendor, form.way);
      await fillForm(page, form);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await page.getByRole('alert').getByText('Caught by a test.').waitFor();
      expect(sent.pop()?.credentials).toEqual(form.sent);
      await page.keyboard.press('Escape');
    }
  });

  test('of a sign-in tells the address that the app needs, and begins with the app', async () => {
    const { page } = await stage.open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const sent = await catchMutation(page, 'BeginAuthorization', 'beginAuthorization');
    for (const form of signInForms) {
      await openForm(page, form.vendor);
      expect(await page.getByLabel('Redirect address').inputValue()).toBe(`${sluice.url}/oauth/callback`);
      await fillForm(page, form);
      await page.getByRole('button', { name: /^Sign in at/ }).click();
      await page.getByRole('alert').getByText('Caught by a test.').waitFor();
      expect(sent.pop()).toEqual(form.sent);
      // A sign-in that could not begin leaves no window behind.
      await expect.poll(() => page.context().pages().length).toBe(1);
      await page.keyboard.press('Escape');
    }
    await openForm(page, /^HubSpot/);
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('The redirect address is copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`${sluice.url}/oauth/callback`);
  });

  test('is for everybody, on a phone as well', async () => {
    const { page } = await stage.open();
    await page.getByRole('button', { name: 'Connect a tool' }).click();
    await page.getByRole('dialog').waitFor();
    await expectToFitPhone(page);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await openForm(page, /^Salesforce/);
    await page.getByLabel('Redirect address').waitFor();
    await expectToFitPhone(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Certificate' }).click();
    await expectToFitPhone(page);
    await page.keyboard.press('Escape');
    await expectToFitPhone(page); // the list of integrations, with what is not connected
  });
});

test('tools that are not connected are on the page by kind, and say to a viewer why they are not to be', async () => {
  const { page } = await stage.open();
  const crm = page.getByRole('list', { name: 'CRM, not connected' });
  await expect.poll(() => crm.getByRole('button').count()).toBe(4);
  await crm.getByRole('button', { name: /^Pipedrive/ }).click();
  await page.getByRole('alertdialog', { name: 'Connect Pipedrive' }).waitFor();

  const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
  const viewer = (await stage.open('/', { key: secret })).page;
  await viewer.getByRole('button', { name: /^Pipedrive/, disabled: true }).click({ force: true });
  await viewer.getByRole('status').getByText('your key is that of a viewer').waitFor();
  expect(await viewer.getByRole('alertdialog').count()).toBe(0);
});

describe('a sign-in at the vendor', () => {
  test('opens a window, goes on by itself once it is granted, and connects', async () => {
    const { page, complaints, foreign } = await stage.open('/', { vendors });
    const { answer } = await holdVendor(page);
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Sign in at HubSpot' }).click(),
    ]);
    await waiting(page).waitFor();
    await expectToFitPhone(page);
    await expectAccessible(page);
    const closed = popup.waitForEvent('close');
    answer();
    await connected(page).waitFor();
    await closed;
    await connected(page).getByText('Connected to 4711').waitFor();
    await expectAccessible(page);
    await connected(page).getByRole('button', { name: 'Map fields' }).click();
    await page.locator('[data-page=mapping]').waitFor();
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test('gives the vendor no way back into the page', async () => {
    const { page } = await stage.open('/', { vendors });
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    await page.context().route(`${hubspot.url}/**`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: '<title>opener</title><script>document.title = String(opener)</script>',
      }),
    );
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Sign in at HubSpot' }).click(),
    ]);
    await popup.waitForURL(`${hubspot.url}/**`);
    await expect.poll(() => popup.title()).toBe('null');
  });

  test('is a link where the browser opens no window', async () => {
    const { page } = await stage.open('/', { vendors });
    await page.evaluate('window.open = () => null');
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    await page.getByRole('button', { name: 'Sign in at HubSpot' }).click();
    await page.getByText('Your browser opened no window.').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Sign in at HubSpot' }).click();
    await connected(page).waitFor();
  });

  test('that is refused says so, with what was typed in still there, and can be begun again', async () => {
    const { page } = await stage.open('/', { vendors });
    const { answer } = await holdVendor(page);
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Sign in at HubSpot' }).click(),
    ]);
    await waiting(page).waitFor();
    const state = new URL((await page.getByRole('link', { name: 'Open it again' }).getAttribute('href')) ?? '')
      .searchParams;
    const closed = popup.waitForEvent('close');
    await fetch(`${sluice.url}/oauth/callback?error=access_denied&state=${state.get('state')}`);
    await page.getByRole('alert').getByText('The access was not granted at HubSpot.').waitFor();
    await closed;
    expect(await page.getByLabel('Client ID').inputValue()).toBe(hubspot.clientId);
    answer();
    await page.getByRole('button', { name: 'Sign in at HubSpot' }).click();
    await connected(page).waitFor();
  });

  test('that nobody finishes is over after its ten minutes', async () => {
    const { page } = await stage.open('/', { vendors });
    // Ten minutes pass at once.
    await page.evaluate(
      `{ const wait = setTimeout; window.setTimeout = (f, ms, ...rest) => wait(f, ms >= 600_000 ? 0 : ms, ...rest) }`,
    );
    await holdVendor(page);
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    await page.getByRole('button', { name: 'Sign in at HubSpot' }).click();
    await page.getByRole('alert').getByText('Nobody signed in within ten minutes.').waitFor();
  });

  test('mends an integration whose access was revoked, from its note, and what waited leaves', async () => {
    const { page } = await stage.open('/', { vendors });
    await openForm(page, /^HubSpot/);
    await fillForm(page, { fill: app });
    await page.getByRole('button', { name: 'Sign in at HubSpot' }).click();
    await connected(page).waitFor();
    const { integrations } = await stage.client.data<{ integrations: { id: string; vendor: string }[] }>(
      '{ integrations { id vendor } }',
    );
    const id = integrations.find(({ vendor }) => vendor === 'HUBSPOT')?.id ?? '';
    await stage.client.data('mutation ($id: ID!) { applyRecommendedMappings(integrationId: $id) { __typename } }', {
      id,
    });
    hubspot.signIn.revoke(true);
    await stage.capture(2);
    await page.goto(`${sluice.url}/integrations/${encodeURIComponent(id)}`);
    await page.getByText('The vendor refused our sign-in.').waitFor();
    await page.getByText('2 leads wait.').waitFor();
    hubspot.signIn.revoke(false);
    await page.getByRole('button', { name: 'Connect again' }).click();
    await page.getByRole('alertdialog', { name: 'Connect HubSpot again' }).waitFor();
    await fillForm(page, { fill: app });
    await page.getByRole('button', { name: 'Sign in at HubSpot' }).click();
    await connected(page).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.locator('[data-count=cleared]', { hasText: /^2$/ }).waitFor();
  });
});

describe('a webhook', () => {
  test('shows the secret that was made for it once, to be copied, and makes a new one when it is connected again', async () => {
    const { page } = await stage.open(stage.path('connect'));
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const secrets = new Set<string>();
    for (let times = 0; times < 2; times += 1) {
      await page.getByRole('button', { name: 'Connect with other credentials' }).click();
      await page.getByText('signed with the old one as well for 24 hours').waitFor();
      await fillForm(page, { fill: { Address: receiver.url } });
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      const done = page.getByRole('alertdialog', { name: 'Data warehouse is connected' });
      await done.getByText('Deliveries are signed with the old secret as well until').waitFor();
      await done.getByRole('button', { name: 'Copy' }).click();
      const secret = (await page.evaluate('navigator.clipboard.readText()')) as string;
      expect(secret).toBe(await done.getByLabel('Signing secret').inputValue());
      expect(secret).toMatch(/^whsec_/);
      secrets.add(secret);
      await done.getByRole('button', { name: 'Done' }).click();
      await done.waitFor({ state: 'hidden' });
      expect(await page.content()).not.toContain(secret);
    }
    expect(secrets.size).toBe(2);
  });

  test('at another address is said to be another account, and Manual from then on', async () => {
    const { page } = await stage.open(stage.path('connect'));
    await page.getByRole('button', { name: 'Connect with other credentials' }).click();
    await fillForm(page, { fill: { Address: `${receiver.url}/elsewhere` } });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText(`This is another account than before, which was ${receiver.url}.`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Manual', exact: true, pressed: true }).waitFor();
  });
});

test('by the keyboard alone a tool is connected', async () => {
  const { page } = await stage.open();
  await page.getByRole('link', { name: 'Data warehouse' }).waitFor();
  await tabTo(page, 'Connect a tool');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /Webhook/);
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog', { name: 'Connect Webhook' }).waitFor();
  await tabTo(page, 'Address');
  await page.keyboard.type(`${receiver.url}?by-keyboard`);
  await tabTo(page, 'Name (optional)');
  await page.keyboard.type('By keyboard');
  await page.keyboard.press('Enter');
  await page.getByRole('alertdialog', { name: 'By keyboard is connected' }).waitFor();
  await tabTo(page, 'Done');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'By keyboard' }).waitFor();
});

test('an integration is renamed, and deleted once it is disconnected, after it was said what is lost', async () => {
  await stage.capture(1);
  await stage.settled();
  const { page } = await stage.open(stage.path('connect'));
  await page.getByRole('button', { name: 'Rename' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Rename Data warehouse' });
  await dialog.getByLabel('Name').fill('x'.repeat(201));
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Name').fill('Lake');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Lake', level: 1 }).waitFor();
  await page.getByText('Renamed from Data warehouse to Lake').waitFor();
  expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('alertdialog', { name: 'Delete Lake?' });
  await question.getByText('Its work list of 1 lead with every attempt').waitFor();
  await expectToFitPhone(page);
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Nothing is connected yet').waitFor();
  const { integrations } = await stage.client.data<{ integrations: unknown[] }>('{ integrations { id } }');
  expect(integrations).toEqual([]);
});
