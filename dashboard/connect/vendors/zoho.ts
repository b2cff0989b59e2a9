import type { ConnectableVendor } from '../connectable-vendor.ts';
import { secretField, signInWay } from './fields.ts';

export const zoho: ConnectableVendor = {
  vendor: 'ZOHO',
  category: 'CRM',
  about: 'Leads and campaigns',
  key: 'zoho',
  ways: [
    signInWay('With a server-based client from the API Console of Zoho.'),
    {
      label: 'Self client',
      about: 'With a self client from the API Console, for which a refresh token was generated.',
      fields: [
        {
          name: 'accountsUrl',
          label: 'Data centre',
          type: 'url',
          placeholder: 'https://accounts.zoho.eu',
          hint: 'Where people of your organization sign in.',
        },
        { name: 'clientId', label: 'Client ID', hint: 'Of the self client.' },
        secretField('clientSecret', 'Client secret'),
        secretField('refreshToken', 'Refresh token'),
      ],
    },
  ],
};
