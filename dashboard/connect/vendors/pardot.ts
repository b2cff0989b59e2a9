import type { ConnectableVendor } from '../connectable-vendor.ts';
import { salesforceClientWay, salesforceSandbox, signInWay } from './fields.ts';

export const pardot: ConnectableVendor = {
  vendor: 'PARDOT',
  category: 'MARKETING_AUTOMATION',
  about: 'Prospects of a business unit',
  key: 'pardot',
  fields: [
    {
      name: 'businessUnitId',
      label: 'Business unit ID',
      placeholder: '0Uv…',
      hint: 'Salesforce: Setup, Business Unit Setup. Begins with 0Uv and has 18 characters.',
    },
    { name: 'sandbox', label: 'It is a sandbox or a developer org', type: 'switch' },
  ],
  ways: [
    signInWay(
      'Through Salesforce, with an app there that has the scopes pardot_api and refresh_token. Who signs in must be a user of the business unit.',
      [salesforceSandbox],
    ),
    salesforceClientWay,
  ],
};
