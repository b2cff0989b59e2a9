import type { ConnectableVendor } from '../connectable-vendor.ts';
import { salesforceClientWay, salesforceSandbox, signInWay } from './fields.ts';

export const salesforce: ConnectableVendor = {
  vendor: 'SALESFORCE',
  category: 'CRM',
  about: 'Leads and campaigns',
  key: 'salesforce',
  ways: [
    signInWay('With an app of your own in Salesforce that has the scopes api and refresh_token.', [salesforceSandbox]),
    salesforceClientWay,
    {
      label: 'Certificate',
      about: 'With an app in Salesforce that has a certificate, for a user who is pre-authorized for it (JWT bearer).',
      within: 'jwt',
      fields: [
        {
          name: 'loginUrl',
          label: 'Sign-in address',
          type: 'url',
          placeholder: 'https://login.salesforce.com',
          hint: 'https://test.salesforce.com for a sandbox; or the My Domain address.',
        },
        { name: 'clientId', label: 'Consumer key', hint: 'Of the app.' },
        { name: 'username', label: 'User name', hint: 'Whom to act as.' },
        {
          name: 'privateKey',
          label: 'Private key',
          type: 'lines',
          placeholder: '-----BEGIN PRIVATE KEY-----',
          hint: 'The RSA key of the certificate, as PEM. Stored encrypted, and never shown again.',
        },
      ],
    },
  ],
};
