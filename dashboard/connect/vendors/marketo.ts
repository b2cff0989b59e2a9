import type { ConnectableVendor } from '../connectable-vendor.ts';
import { clientSecret } from './fields.ts';

export const marketo: ConnectableVendor = {
  vendor: 'MARKETO',
  category: 'MARKETING_AUTOMATION',
  about: 'Leads and programs',
  key: 'marketo',
  ways: [
    {
      label: 'Custom service',
      fields: [
        {
          name: 'baseUrl',
          label: 'REST endpoint',
          type: 'url',
          placeholder: 'https://123-ABC-456.mktorest.com',
          hint: 'Marketo: Admin, Integration, Web Services. With or without /rest at its end.',
        },
        {
          name: 'clientId',
          label: 'Client ID',
          hint: 'Of a LaunchPoint custom service whose user may only use the API.',
        },
        clientSecret,
        { name: 'partition', label: 'Lead partition', optional: true, hint: 'Only where the account has several.' },
      ],
    },
  ],
};
