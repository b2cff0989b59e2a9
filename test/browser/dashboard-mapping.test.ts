import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { startHubspot } from '../../simulators/hubspot/start-hubspot.ts';
import { startSalesforce } from '../../simulators/salesforce/start-salesforce.ts';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { expectAccessible, expectToFitPhone, tabTo } from '../support/accessibility.ts';
import { connectBrowser } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

const [hubspot, salesforce, receiver] = await Promise.all([
  startHubspot({ rateMax: null }),
  startSalesforce(),
  startWebhookReceiver(),
]);
afterAll(() => Promise.all([hubspot, salesforce, receiver].map((running) => running.close())));
const sluice = await startTestSluice({
  environment: {
    ...{ HUBSPOT_AUTH_URL: hubspot.url, HUBSPOT_API_URL: hubspot.url },
    ...{ SALESFORCE_AUTH_URL: salesforce.url, SALESFORCE_API_URL: salesforce.url },
  },
});
const browser = await connectBrowser();

let stage: DashboardStage;
beforeEach(async () => {
  stage = await DashboardStage.set(sluice, browser, receiver);
});

const savedRows = (page: Page) => page.getByText('Saved', { exact: true });
const fieldOf = (page: Page, source: string) =>
  page.getByRole('combobox', { name: `Field at the vendor for ${source}` });
const choose = async (page: Page, source: string, typed: string, option: RegExp) => {
  await fieldOf(page, source).fill(typed);
  await page.getByRole('option', { name: option }).click();
};

const capture = (leads: object[]) =>
  stage.client.data(`mutation ($input: CaptureLeadsInput!) { captureLeads(input: $input) { __typename } }`, {
    input: { eventId: stage.eventId, leads },
  });

const setMappings = (id: string, ...mappings: object[]) =>
  stage.client.data('mutation ($input: SetFieldMappingsInput!) { setFieldMappings(input: $input) { __typename } }', {
    input: { integrationId: id, mappings },
  });

interface Mapping {
  source: string;
  remoteField: string;
  values: { value: string; remoteValue: string }[];
}
const mappingsOf = async (id: string): Promise<Mapping[]> => {
  const query =
    'query ($id: ID!) { integration(id: $id) { fieldMappings { source remoteField values { value remoteValue } } } }';
  return (await stage.client.data<{ integration: { fieldMappings: Mapping[] } }>(query, { id })).integration
    .fieldMappings;
};
const remoteFieldsOf = async (id: string) => (await mappingsOf(id)).map(({ remoteField }) => remoteField);

const email = { source: 'email', remoteField: 'email' };
const connectHubspot = () => stage.connect('HUBSPOT', { hubspot: { accessToken: hubspot.accessToken } });

describe('the Mapping tab', () => {
  test('maps what is recommended by one click, and then leads leave', async () => {
    const id = await connectHubspot();
    const { page, complaints } = await stage.open(stage.path('mapping', '', id));
    await page.getByText('No field is mapped yet. Leads wait').waitFor();
    await expectToFitPhone(page);
    await page.getByRole('button', { name: 'Map 6 fields as recommended' }).click();
    await expect.poll(() => savedRows(page).count()).toBe(6);
    await page.getByText('No field is mapped yet. Leads wait').waitFor({ state: 'hidden' });
    expect(await page.getByRole('button', { name: /as recommended/ }).count()).toBe(0);
    await expectToFitPhone(page);
    await expectAccessible(page);
    await capture([{ firstName: 'Ada', email: 'recommended@example.com' }]);
    await expect.poll(() => hubspot.received('recommended@example.com')).toMatchObject({ firstname: 'Ada' });
    expect(complaints).toEqual([]);
  });

  test('finds the vendor’s fields by their labels, and gives none of them two sources', async () => {
    const id = await connectHubspot();
    await setMappings(id, email);
    await capture([{ email: 'attribute@example.com', attributes: [{ name: 'Sector', value: 'Water' }] }]);
    const { page } = await stage.open(stage.path('mapping', '', id));
    await savedRows(page).waitFor();
    await page.getByRole('button', { name: 'Add a field' }).click();
    await page.getByRole('combobox', { name: 'From' }).nth(1).selectOption('Sector');
    await fieldOf(page, 'Sector').fill('ema');
    await page.getByRole('option', { name: /^Email/, disabled: true }).waitFor();
    await fieldOf(page, 'Sector').fill('record id');
    await page.getByText('No field that can be written has that in its name.').waitFor();
    await choose(page, 'Sector', 'indus', /^Industry/);
    await expect.poll(() => savedRows(page).count()).toBe(2);
    expect(await remoteFieldsOf(id)).toEqual(['email', 'industry']);
    await page.getByRole('button', { name: 'Remove Sector' }).click();
    await expect.poll(() => remoteFieldsOf(id)).toEqual(['email']);
  });

  test('says what the mappings lack, with one click to mend it', async () => {
    const id = await connectHubspot();
    await setMappings(id, { source: 'phone', remoteField: 'phone' });
    const { page } = await stage.open(stage.path('mapping', '', id));
    await page.getByText('Nothing is mapped to email, by which HubSpot recognizes people').waitFor();
    await expectToFitPhone(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Map email' }).click();
    await page.getByText('Nothing is mapped to email').waitFor({ state: 'hidden' });
    await expect.poll(() => mappingsOf(id)).toMatchObject([{ remoteField: 'phone' }, email]);
  });

  test('says at its row that a field vanished at the vendor, once the fields are read again', async () => {
    const id = await connectHubspot();
    const gone = 'hs_lead_status';
    await setMappings(id, email, { source: 'jobTitle', remoteField: gone });
    const { page } = await stage.open(stage.path('mapping', '', id));
    await expect.poll(() => savedRows(page).count()).toBe(2);
    hubspot.setProperty(gone, null);
    await page.getByRole('button', { name: 'Read them now' }).click();
    await page
      .getByRole('listitem', { name: 'jobTitle' })
      .getByText(`The vendor has no field ${gone} any more`)
      .waitFor();
    await expectAccessible(page);
    await choose(page, 'jobTitle', 'job', /^Job Title/);
    await page.getByText('The vendor has no field').waitFor({ state: 'hidden' });
    await expect.poll(() => remoteFieldsOf(id)).toEqual(['email', 'jobtitle']);
  });

  test('of two people at once loses nothing of either, and shows each what the other does', async () => {
    const id = await connectHubspot();
    await setMappings(id, email);
    const [one, other] = await Promise.all([
      stage.open(stage.path('mapping', '', id)),
      stage.open(stage.path('mapping', '', id)),
    ]);
    for (const { page } of [one, other]) {
      await savedRows(page).waitFor();
      await page.getByRole('button', { name: 'Add a field' }).click();
    }
    await other.page.getByRole('combobox', { name: 'From' }).nth(1).selectOption('company');
    await choose(one.page, 'firstName', 'first', /^First Name/);
    await other.page.getByRole('listitem', { name: 'firstName' }).waitFor();
    await choose(other.page, 'company', 'company', /^Company Name/);
    await one.page.getByRole('listitem', { name: 'company' }).waitFor();
    expect(await remoteFieldsOf(id)).toEqual(['email', 'firstname', 'company']);
  });

  test('is read and not changed by whoever is no administrator, who is told why', async () => {
    await setMappings(stage.integrationId, { source: 'email', remoteField: 'mail' });
    const { secret } = await sluice.createKey('OPERATOR', { tenant: stage.tenant });
    const { page } = await stage.open(stage.path('mapping'), { key: secret });
    await page.getByText('your key is that of an operator').waitFor();
    expect(await page.getByLabel('Field at the vendor for email').getAttribute('readonly')).not.toBeNull();
    for (const name of ['Add a field', 'Remove email'])
      await page.getByRole('button', { name, disabled: true }).waitFor();
  });

  test('is done by the keyboard alone', async () => {
    const id = await connectHubspot();
    await setMappings(id, email);
    const { page } = await stage.open(stage.path('mapping', '', id));
    await savedRows(page).waitFor();
    await tabTo(page, 'Add a field');
    await page.keyboard.press('Enter'); // the focus goes to where the new row is to be filled in
    await page.keyboard.type('first');
    await page.getByRole('option', { name: /^First Name/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => remoteFieldsOf(id)).toEqual(['email', 'firstname']);
    await tabTo(page, 'Remove firstName');
    await page.keyboard.press('Enter');
    await expect.poll(() => remoteFieldsOf(id)).toEqual(['email']);
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Add a field');
  });
});

describe('the Qualifiers tab', () => {
  const types = ['hot', 'Lukewarm'];
  const options = ['Hot', 'Warm', 'Cold'].map((value, displayOrder) => ({
    ...{ label: value, value, displayOrder, hidden: false },
  }));
  hubspot.setProperty('lead_type', {
    ...{ name: 'lead_type', label: 'Lead type', type: 'enumeration', options },
    ...{ calculated: false, hidden: false, archived: false, hasUniqueValue: false },
    modificationMetadata: { archivable: true, readOnlyDefinition: true, readOnlyOptions: false, readOnlyValue: false },
  });
  const answered = (...values: string[]) =>
    values.map((value) => ({
      email: `${value.toLowerCase()}@example.com`,
      qualifiers: [{ name: 'Lead Type', values: [value] }],
    }));

  test('maps answers to the options of a picklist, and says which of them go nowhere', async () => {
    const id = await connectHubspot();
    await setMappings(id, email);
    await capture(answered(...types));
    const { page } = await stage.open(stage.path('qualifiers', '', id));
    const card = page.locator('[data-qualifier="Lead Type"]');
    await card.getByText('2 different answers from leads, goes nowhere').waitFor();
    await expectToFitPhone(page);
    await card.getByRole('button', { name: 'Map it' }).click();
    await choose(page, 'Lead Type', 'lead type', /^Lead type/);
    await savedRows(page).waitFor();
    await card.getByText('2 answers go nowhere').waitFor();
    await expectToFitPhone(page);
    await expectAccessible(page);
    await card.getByRole('button', { name: 'Match options by name' }).click();
    await card.getByText('One answer goes nowhere').waitFor();
    await card.getByRole('combobox', { name: 'At the vendor for Lukewarm' }).selectOption('Warm');
    await card.getByText('One answer goes nowhere').waitFor({ state: 'hidden' });
    await expect
      .poll(async () => (await mappingsOf(id)).at(-1)?.values)
      .toEqual([
        { value: 'hot', remoteValue: 'Hot' },
        { value: 'Lukewarm', remoteValue: 'Warm' },
      ]);
    await expectAccessible(page);
    await capture([{ email: 'hotter@example.com', qualifiers: [{ name: 'Lead Type', values: ['hot'] }] }]);
    await expect.poll(() => hubspot.received('hotter@example.com')).toMatchObject({ lead_type: 'Hot' });
  });

  test('takes the other answers along when the first one becomes another text: none of them is to fail for it', async () => {
    await capture(answered(...types));
    await setMappings(stage.integrationId, { source: 'qualifier:Lead Type', remoteField: 'type' });
    const { page } = await stage.open(stage.path('qualifiers'));
    await expect.poll(() => page.getByText('Sent as it is').count()).toBe(2);
    await page.getByRole('textbox', { name: 'At the vendor for hot' }).fill('A');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => (await mappingsOf(stage.integrationId)).at(-1)?.values)
      .toEqual([
        { value: 'Lukewarm', remoteValue: 'Lukewarm' },
        { value: 'hot', remoteValue: 'A' },
      ]);
    await page.getByRole('textbox', { name: 'At the vendor for Lukewarm' }).fill('');
    await page.keyboard.press('Tab');
    await page.getByText('Its leads fail').waitFor();
  });

  test('takes any answer for a picklist that takes other values too, and offers its options all the same', async () => {
    const { clientId, clientSecret } = salesforce.login;
    const id = await stage.connect('SALESFORCE', {
      salesforce: { clientCredentials: { loginUrl: salesforce.url, clientId, clientSecret } },
    });
    await setMappings(id, { source: 'qualifier:Lead Type', remoteField: 'LeadSource' });
    await capture(answered('hot'));
    const { page } = await stage.open(stage.path('qualifiers', '', id));
    await page.getByText('Sent as it is').waitFor();
    expect(await page.getByText('goes nowhere').count()).toBe(0);
    const target = page.getByRole('combobox', { name: 'At the vendor for hot' }); // a text with suggestions
    expect(await page.locator('datalist option[value="Trade Show"]').count()).toBe(1);
    await target.fill('Anything');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => (await mappingsOf(id))[0]?.values)
      .toEqual([{ value: 'hot', remoteValue: 'Anything' }]);
    await expectAccessible(page);
  });

  test('says at its row why it could not be saved, and saves it once that is mended', async () => {
    await setMappings(stage.integrationId, { source: 'email', remoteField: 'mail' });
    await capture(answered('hot'));
    const { page } = await stage.open(stage.path('qualifiers'));
    await page.locator('[data-qualifier="Lead Type"]').getByRole('button', { name: 'Map it' }).click();
    const field = page.getByLabel('Field at the vendor for Lead Type');
    await field.fill('mail');
    await page.keyboard.press('Enter');
    await page.getByText('Not saved').waitFor();
    await page.getByRole('alert').getByText('twice').waitFor();
    await expectAccessible(page);
    await field.fill('type');
    await page.keyboard.press('Enter');
    await savedRows(page).waitFor();
    expect(await remoteFieldsOf(stage.integrationId)).toEqual(['mail', 'type']);
  });

  test('maps one that no lead carries yet', async () => {
    const { page } = await stage.open(stage.path('qualifiers'));
    await page.getByText('No lead carries a qualifier yet').waitFor();
    await page.getByText('The webhook gets the whole lead as it is, qualifiers included.').waitFor();
    await expectAccessible(page);
    await page.getByLabel(/^One that no lead carries yet/).fill('Budget');
    await page.keyboard.press('Enter');
    await page.getByLabel('Field at the vendor for Budget').fill('budget');
    await page.keyboard.press('Enter');
    await savedRows(page).waitFor();
    expect(await mappingsOf(stage.integrationId)).toMatchObject([
      { source: 'qualifier:Budget', remoteField: 'budget' },
    ]);
  });
});
