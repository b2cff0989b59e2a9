import type { ConnectWay, CredentialField } from '../connectable-vendor.ts';

// What several vendors ask for in the same words.

const kept = 'Stored encrypted, and never shown again.';

export const clientSecret: CredentialField = {
  name: 'clientSecret',
  label: 'Client secret',
  type: 'password',
  hint: kept,
};

/** A text that is not shown again. */
export const secretField = (name: string, label: string, hint = ''): CredentialField => ({
  name,
  label,
  type: 'password',
  hint: hint ? `${hint} ${kept}` : kept,
});

/** Somebody signs in at the vendor, with an app of the organization's own. `app`: what it is called there, and what it must be allowed to do. */
export const signInWay = (app: string, more: readonly CredentialField[] = []): ConnectWay => ({
  label: 'Sign in',
  about: app,
  signsIn: true,
  fields: [{ name: 'clientId', label: 'Client ID', hint: 'Of the app.' }, clientSecret, ...more],
});

/** Of a sign-in: on which of the two general hosts it is. */
export const salesforceSandbox: CredentialField = {
  name: 'signInSandbox',
  label: 'Sign in at test.salesforce.com',
  type: 'switch',
  hint: 'Where people of a sandbox sign in; those of a developer org do not.',
};

/** A connected app of Salesforce that acts by itself. */
export const salesforceClientWay: ConnectWay = {
  label: 'Client credentials',
  about: 'With an app in Salesforce for which the client credentials flow is enabled and a user to run as is set.',
  within: 'clientCredentials',
  fields: [
    {
      name: 'loginUrl',
      label: 'My Domain address',
      type: 'url',
      placeholder: 'https://acme.my.salesforce.com',
      hint: 'Salesforce: Setup, My Domain.',
    },
    { name: 'clientId', label: 'Consumer key', hint: 'Of the app.' },
    secretField('clientSecret', 'Consumer secret'),
  ],
};
