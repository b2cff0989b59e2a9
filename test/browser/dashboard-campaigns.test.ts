import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { startMarketo } from '../../simulators/marketo/start-marketo.ts';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

const hubspot = await startHubspot({
  rateMax: null,
  lists: [{ listId: '77', name: 'Visitors of Spring Expo', processingType: 'MANUAL' }],
});
const receiver = await startWebhookReceiver();
afterAll(() => Promise.all([hubspot.close(), receiver.close()]));
const sluice = await startTestSluice({ environment: { HUBSPOT_AUTH_URL: hubspot.url, HUBSPOT_API_URL: hubspot.url } });
const browser = await connectBrowser();

let stage: DashboardStage;
beforeEach(async () => {
  stage = await DashboardStage.set(sluice, browser, receiver);
});

const savedRow = (page: Page) => page.getByText('Saved', { exact: true });
const capture = (email: string) =>
  stage.client.data(`mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }`, {
    input: { eventId: stage.eventId, leads: [{ email }] },
  });

describe('the Campaigns tab', () => {
  const connectMarketo = async () => {
    const programs = [
      { id: 1001, name: 'Spring Expo visitors', channel: 'Tradeshow' },
      { id: 1002, name: 'Autumn Expo visitors', channel: 'Tradeshow' },
    ];
    const marketo = await startMarketo({ programs, rateMax: null });
    const { url: baseUrl, clientId, clientSecret } = marketo;
    const id = await stage.connect('MARKETO', { marketo: { baseUrl, clientId, clientSecret } });
    await stage.client.data(
      'mutation ($input: SetFieldMappingsInput!) { setFieldMappings(input: $input) { __typename } }',
      { input: { integrationId: id, mappings: [{ source: 'email', remoteField: 'email' }] } },
    );
    return { marketo, id, [Symbol.asyncDispose]: () => marketo.close() };
  };
  const row = (page: Page) => page.getByRole('listitem', { name: 'Spring Expo' });
  const program = (page: Page) => page.getByRole('combobox', { name: 'The program of Spring Expo' });
  /** The vendor finds it: what has something else in its name is no option any more. */
  const findProgram = async (page: Page) => {
    await program(page).fill('spring');
    await page.getByRole('option', { name: /^Spring/ }).waitFor();
    await page.getByRole('option', { name: /^Autumn/ }).waitFor({ state: 'hidden' });
    await page.getByRole('option', { name: /^Spring/ }).click();
  };

  test('chooses among what the vendor has, with the status of members, and says what leads of before do not become', async () => {
    await using stand = await connectMarketo();
    await capture('before@example.com');
    await expect.poll(() => stand.marketo.leads().length).toBe(1);
    const { page, complaints } = await stage.open(stage.path('campaigns', '', stand.id));
    await row(page).getByText('No program').waitFor();
    await page.getByRole('button', { name: 'Choose the program of Spring Expo' }).click();
    await row(page).getByText('1 lead of this event was cleared before').waitFor();
    await findProgram(page);
    await expectToFitPhone(page);
    await expectAccessible(page);
    await page.getByLabel('Their status').selectOption('Visited Booth');
    await savedRow(page).waitFor();
    await row(page).getByText('as Visited Booth').waitFor();
    await capture('after@example.com');
    await expect.poll(() => [...stand.marketo.members(1001).values()]).toEqual(['Visited Booth']);
    await expectToFitPhone(page);
    await page.getByRole('button', { name: 'No program' }).click();
    await row(page).getByText('No program', { exact: true }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows what somebody else has set meanwhile, and lets its status be changed', async () => {
    await using stand = await connectMarketo();
    const { page } = await stage.open(stage.path('campaigns', '', stand.id));
    await row(page).getByText('No program').waitFor();
    await stage.client.data(
      'mutation ($input: SetEventCampaignInput!) { setEventCampaign(input: $input) { __typename } }',
      {
        input: { integrationId: stand.id, eventId: stage.eventId, campaignId: '1002', memberStatus: 'Invited' },
      },
    );
    await row(page).getByText('Autumn Expo visitors').waitFor();
    await page.getByRole('button', { name: 'Change the program of Spring Expo' }).click();
    await page.getByLabel('Their status').selectOption('Influenced');
    await row(page).getByText('as Influenced').waitFor();
  });

  test('says that the vendor does not answer, and asks again', async () => {
    await using stand = await connectMarketo();
    const { page } = await stage.open(stage.path('campaigns', '', stand.id));
    stand.marketo.fault({ kind: 'status', status: 503, times: null });
    await page.getByRole('button', { name: 'Choose the program of Spring Expo' }).click();
    await page.getByRole('alert').waitFor();
    await expectAccessible(page);
    stand.marketo.clearFaults();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await findProgram(page);
  });

  test('says at the row why a program was not taken', async () => {
    await using stand = await connectMarketo();
    const { page } = await stage.open(stage.path('campaigns', '', stand.id));
    await page.getByRole('button', { name: 'Choose the program of Spring Expo' }).click();
    await findProgram(page);
    stand.marketo.deleteProgram(1001);
    await page.getByLabel('Their status').selectOption('Invited');
    await page.getByText('Not saved').waitFor();
    await page.getByRole('alert').getByText('There is no such campaign at the vendor').waitFor();
  });

  test('is done by the keyboard alone, where there are no statuses as well', async () => {
    const id = await stage.connect('HUBSPOT', { hubspot: { accessToken: hubspot.accessToken } });
    const { page } = await stage.open(stage.path('campaigns', '', id));
    await row(page).waitFor();
    await tabTo(page, 'Choose the static list of Spring Expo');
    await page.keyboard.press('Enter');
    await tabTo(page, 'The static list of Spring Expo');
    await page.keyboard.type('visit');
    await page.getByRole('option', { name: /^Visitors/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await savedRow(page).waitFor();
    await row(page).locator('[data-campaign="77"]', { hasText: 'Visitors' }).waitFor();
  });

  test('says why nothing can be chosen: no campaigns at the vendor, no connection, no right to', async () => {
    const { page } = await stage.open(stage.path('campaigns'));
    await page.getByText('Webhook has no campaigns for leads to be members of').waitFor();
    await expectAccessible(page);
    await using stand = await connectMarketo();
    await stage.client.data('mutation ($input: DisconnectInput!) { disconnect(input: $input) { __typename } }', {
      input: { integrationId: stand.id, confirm: true },
    });
    await page.goto(`${sluice.url}${stage.path('campaigns', '', stand.id)}`);
    await page.getByText('Marketo is not connected, so it can not be asked').waitFor();
    await page.getByRole('button', { name: /^Choose the program/, disabled: true }).waitFor();
    const { secret } = await sluice.createKey('VIEWER', { tenant: stage.tenant });
    const viewer = await stage.open(stage.path('campaigns', '', stand.id), { key: secret });
    await viewer.page.getByText('your key is that of a viewer').waitFor();
  });
});
