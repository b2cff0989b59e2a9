import type { ConnectableVendor } from '../connectable-vendor.ts';
import { secretField, signInWay } from './fields.ts';

export const eloqua: ConnectableVendor = {
  vendor: 'ELOQUA',
  category: 'MARKETING_AUTOMATION',
  about: 'Contacts',
  key: 'eloqua',
  ways: [
    signInWay('With an app from the AppCloud Developer of your Eloqua.'),
    {
      label: 'Password',
      about: 'With a user of your Eloqua that may use the API, and nothing more.',
      fields: [
        { name: 'company', label: 'Company', hint: 'The site name, as it is typed in when somebody signs in.' },
        { name: 'username', label: 'User name' },
        secretField('password', 'Password'),
      ],
    },
  ],
};
