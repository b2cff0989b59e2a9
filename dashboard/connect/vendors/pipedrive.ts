import type { ConnectableVendor } from '../connectable-vendor.ts';
import { secretField, signInWay } from './fields.ts';

export const pipedrive: ConnectableVendor = {
  vendor: 'PIPEDRIVE',
  category: 'CRM',
  about: 'Persons',
  key: 'pipedrive',
  ways: [
    signInWay('With an app of your own in Pipedrive’s Developer Hub.'),
    {
      label: 'API token',
      about: 'Of a user of your Pipedrive: what is pushed is pushed in that name.',
      fields: [
        {
          name: 'companyDomain',
          label: 'Company domain',
          placeholder: 'acme',
          hint: 'The first part of the address: acme of acme.pipedrive.com.',
        },
        secretField('apiToken', 'API token', 'Pipedrive: Personal preferences, API.'),
      ],
    },
  ],
};
