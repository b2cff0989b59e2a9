import type { ConnectableVendor } from '../connectable-vendor.ts';
import { secretField, signInWay } from './fields.ts';

export const hubspot: ConnectableVendor = {
  vendor: 'HUBSPOT',
  category: 'CRM',
  about: 'Contacts and static lists',
  key: 'hubspot',
  ways: [
    signInWay('With an app of your own in HubSpot that may read and write contacts and lists.'),
    {
      label: 'Access token',
      about: 'Of a private app, or a service key, that may read and write contacts and lists.',
      fields: [secretField('accessToken', 'Access token')],
    },
  ],
};
