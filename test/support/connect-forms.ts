/** A form of the dashboard, filled in: by the labels of its fields, and what the API has to get of it. */
export interface FilledForm {
  vendor: RegExp;
  /** The way, where there are several. */
  way?: string;
  fill: Record<string, string>;
  /** Switches that are turned on. */
  check?: string[];
  /** `credentials` of `connect`, or the input of `beginAuthorization`. */
  sent: Record<string, unknown>;
}

const app = { 'Client ID': 'of-the-app', 'Client secret': 'secret-of-the-app' };
const begins = (vendor: string, sandbox = false) => ({
  ...{ vendor, clientId: 'of-the-app', clientSecret: 'secret-of-the-app', sandbox },
});
const client = {
  'My Domain address': 'https://acme.my.salesforce.com',
  'Consumer key': 'key',
  'Consumer secret': 'secret-of-the-app',
};
const clientCredentials = {
  loginUrl: 'https://acme.my.salesforce.com',
  clientId: 'key',
  clientSecret: 'secret-of-the-app',
};
const businessUnitId = '0Uv000000000001AAA';

/** Every way of every vendor whose credentials are typed in. */
export const typedForms: FilledForm[] = [
  {
    vendor: /^Marketo/,
    fill: {
      'REST endpoint': 'https://123-ABC-456.mktorest.com',
      'Client ID': 'id',
      'Client secret': 'secret',
      'Lead partition (optional)': 'Europe',
    },
    sent: {
      marketo: {
        baseUrl: 'https://123-ABC-456.mktorest.com',
        clientId: 'id',
        clientSecret: 'secret',
        partition: 'Europe',
      },
    },
  },
  {
    vendor: /^Account Engagement/,
    way: 'Client credentials',
    fill: { 'Business unit ID': businessUnitId, ...client },
    check: ['It is a sandbox or a developer org'],
    sent: { pardot: { businessUnitId, sandbox: true, clientCredentials } },
  },
  {
    vendor: /^Eloqua/,
    way: 'Password',
    fill: { Company: 'Acme', 'User name': 'api', Password: 'secret of api' },
    sent: { eloqua: { company: 'Acme', username: 'api', password: 'secret of api' } },
  },
  {
    vendor: /^HubSpot/,
    way: 'Access token',
    fill: { 'Access token': 'pat-eu1-x' },
    sent: { hubspot: { accessToken: 'pat-eu1-x' } },
  },
  {
    vendor: /^Salesforce/,
    way: 'Client credentials',
    fill: client,
    sent: { salesforce: { clientCredentials } },
  },
  {
    vendor: /^Salesforce/,
    way: 'Certificate',
    fill: {
      'Sign-in address': 'https://test.salesforce.com',
      'Consumer key': 'key',
      'User name': 'ada@example.com',
      'Private key': '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
    },
    sent: {
      salesforce: {
        jwt: {
          loginUrl: 'https://test.salesforce.com',
          clientId: 'key',
          username: 'ada@example.com',
          privateKey: '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
        },
      },
    },
  },
  {
    vendor: /^Pipedrive/,
    way: 'API token',
    fill: { 'Company domain': 'acme', 'API token': 'token' },
    sent: { pipedrive: { companyDomain: 'acme', apiToken: 'token' } },
  },
  {
    vendor: /^Zoho/,
    way: 'Self client',
    fill: {
      'Data centre': 'https://accounts.zoho.eu',
      'Client ID': '1000.X',
      'Client secret': 'secret',
      'Refresh token': '1000.y',
    },
    sent: {
      zoho: {
        accountsUrl: 'https://accounts.zoho.eu',
        clientId: '1000.X',
        clientSecret: 'secret',
        refreshToken: '1000.y',
      },
    },
  },
  {
    vendor: /^Webhook/,
    fill: { Address: 'https://example.com/leads', 'Signing secret (optional)': 'whsec_c2VjcmV0' },
    sent: { webhook: { url: 'https://example.com/leads', secret: 'whsec_c2VjcmV0' } },
  },
];

/** Every vendor where somebody signs in. */
export const signInForms: FilledForm[] = [
  { vendor: /^HubSpot/, fill: app, sent: begins('HUBSPOT') },
  { vendor: /^Salesforce/, fill: app, check: ['Sign in at test.salesforce.com'], sent: begins('SALESFORCE', true) },
  { vendor: /^Account Engagement/, fill: { 'Business unit ID': businessUnitId, ...app }, sent: begins('PARDOT') },
  { vendor: /^Eloqua/, fill: app, sent: begins('ELOQUA') },
  { vendor: /^Pipedrive/, fill: app, sent: begins('PIPEDRIVE') },
  { vendor: /^Zoho/, fill: app, sent: begins('ZOHO') },
];
