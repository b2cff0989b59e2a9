import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { startEloqua } from '../../simulators/eloqua/start-eloqua.ts';
import { startPardot } from '../../simulators/pardot/start-pardot.ts';
import { startPipedrive } from '../../simulators/pipedrive/start-pipedrive.ts';
import { startSalesforce } from '../../simulators/salesforce/start-salesforce.ts';
import { startWebhookReceiver } from '../../simulators/webhook/start-webhook-receiver.ts';
import { startZoho } from '../../simulators/zoho/start-zoho.ts';
import { connectBrowser } from '../support/browser.ts';
import { DashboardStage } from '../support/dashboard-stage.ts';
import { startTestSluice } from '../support/sluice.ts';

// HubSpot's sign-in, with all that can go wrong, is in dashboard-connect.test.ts.

const refreshToken = '1000.of-a-self-client';
const [eloqua, pardot, pipedrive, salesforce, zoho, receiver] = await Promise.all([
  startEloqua(),
  startPardot(),
  startPipedrive(),
  startSalesforce(),
  startZoho({ refreshToken }),
  startWebhookReceiver(),
]);
const vendors = { ELOQUA: eloqua, PARDOT: pardot, PIPEDRIVE: pipedrive, SALESFORCE: salesforce, ZOHO: zoho };
afterAll(() => Promise.all([...Object.values(vendors), receiver].map((running) => running.close())));
const sluice = await startTestSluice({
  environment: Object.fromEntries(
    Object.entries(vendors).flatMap(([vendor, { url }]) => [
      [`${vendor}_AUTH_URL`, url],
      [`${vendor}_API_URL`, url],
    ]),
  ),
});
const browser = await connectBrowser();

interface Way {
  way: string;
  fill: Record<string, string>;
}

const appOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  'Client ID': clientId,
  'Client secret': clientSecret,
});
const clientOf = ({ login, url }: typeof salesforce | typeof pardot): Record<string, string> => ({
  'My Domain address': url,
  'Consumer key': login.clientId,
  'Consumer secret': login.clientSecret,
});

/** Every way but the sign-in, and then the sign-in, which finds the same account. */
const rows: [keyof typeof vendors, RegExp, { first: Way[]; app: Record<string, string> }][] = [
  [
    'ELOQUA',
    /^Eloqua/,
    {
      first: [
        {
          way: 'Password',
          fill: { Company: eloqua.company, 'User name': eloqua.username, Password: eloqua.password },
        },
      ],
      app: appOf(eloqua),
    },
  ],
  [
    'PARDOT',
    /^Account Engagement/,
    {
      first: [{ way: 'Client credentials', fill: { 'Business unit ID': pardot.businessUnitId, ...clientOf(pardot) } }],
      app: { 'Business unit ID': pardot.businessUnitId, ...appOf(pardot.login) },
    },
  ],
  [
    'PIPEDRIVE',
    /^Pipedrive/,
    {
      first: [{ way: 'API token', fill: { 'Company domain': 'acme', 'API token': pipedrive.apiToken } }],
      app: appOf(pipedrive),
    },
  ],
  [
    'SALESFORCE',
    /^Salesforce/,
    {
      first: [
        { way: 'Client credentials', fill: clientOf(salesforce) },
        {
          way: 'Certificate',
          fill: {
            'Sign-in address': 'https://login.salesforce.com',
            'Consumer key': salesforce.login.clientId,
            'User name': salesforce.login.username,
            'Private key': salesforce.login.privateKey,
          },
        },
      ],
      app: appOf(salesforce.login),
    },
  ],
  [
    'ZOHO',
    /^Zoho/,
    {
      first: [
        {
          way: 'Self client',
          fill: { 'Data centre': 'https://accounts.zoho.eu', ...appOf(zoho), 'Refresh token': refreshToken },
        },
      ],
      app: appOf(zoho),
    },
  ],
];

const fill = async (page: Page, fields: Record<string, string>) => {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
};

test.for(rows)('%s is connected in every way that there is, by a sign-in as well', async ([vendor, name, ways]) => {
  const stage = await DashboardStage.set(sluice, browser, receiver);
  const { page, complaints, foreign } = await stage.open('/', { vendors: [vendors[vendor].url] });
  const done = page.getByRole('alertdialog', { name: /is connected$/ });
  await page.getByRole('button', { name }).click();
  for (const { way, fill: fields } of ways.first) {
    await page.getByRole('button', { name: way, exact: true }).click();
    await fill(page, fields);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await done.getByText(/^Connected to /).waitFor();
    await done.getByRole('button', { name: 'Done' }).click();
    await done.waitFor({ state: 'hidden' });
    if (way === ways.first[0]?.way) {
      await page.getByRole('link', { name }).click();
      await page.getByRole('link', { name: 'Connect', exact: true }).click();
    }
    await page.getByRole('button', { name: 'Connect with other credentials' }).click();
  }
  await fill(page, ways.app);
  await page.getByRole('button', { name: /^Sign in at/ }).click();
  await done.getByText(/^Connected to /).waitFor();
  expect(await done.getByText('This is another account than before').count()).toBe(0);
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
});
