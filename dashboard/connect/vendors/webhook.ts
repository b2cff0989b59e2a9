import type { ConnectableVendor } from '../connectable-vendor.ts';

export const webhook: ConnectableVendor = {
  vendor: 'WEBHOOK',
  category: 'WEBHOOK',
  about: 'Any HTTPS endpoint of your own, signed deliveries',
  key: 'webhook',
  ways: [
    {
      label: 'Signing secret',
      fields: [
        {
          name: 'url',
          label: 'Address',
          type: 'url',
          placeholder: 'https://example.com/leads',
          hint: 'Takes each lead by POST.',
        },
        {
          name: 'secret',
          label: 'Signing secret',
          type: 'password',
          optional: true,
          hint: 'whsec_ and base64. Leave it empty to have one made, which is shown once.',
          hintAgain:
            'Leave it empty to have a new one made, which is shown once. Deliveries to the same address are signed with the old one as well for 24 hours.',
        },
      ],
    },
  ],
};
