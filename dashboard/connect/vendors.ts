import type { VariablesOf } from '../data/graphql.ts';
import type { ConnectMutation } from './connect-mutation.ts';

type Input = VariablesOf<typeof ConnectMutation>['input'];
type Credentials = Input['credentials'];
type KeysOf<Union> = Union extends Union ? keyof Union : never;
type CredentialsKey = KeysOf<Credentials>;

export interface CredentialField {
  name: string;
  label: string;
  hint?: string;
  type?: 'text' | 'password' | 'url';
  optional?: boolean;
  placeholder?: string;
}

export interface ConnectableVendor {
  vendor: Input['vendor'];
  category: string;
  about: string;
  /** Where in `credentials` its fields are, and in the paths of what is wrong with them. */
  key: CredentialsKey;
  fields: readonly CredentialField[];
}

/** Every vendor that can be connected by typing credentials in: a form each. */
export const vendors: readonly ConnectableVendor[] = [
  {
    vendor: 'MARKETO',
    category: 'MARKETING_AUTOMATION',
    about: 'Leads, matched by e-mail address',
    key: 'marketo',
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
      {
        name: 'clientSecret',
        label: 'Client secret',
        type: 'password',
        hint: 'Stored encrypted, and never shown again.',
      },
      { name: 'partition', label: 'Lead partition', optional: true, hint: 'Only where the account has several.' },
    ],
  },
  {
    vendor: 'HUBSPOT',
    category: 'CRM',
    about: 'Contacts, matched by e-mail address',
    key: 'hubspot',
    fields: [
      {
        name: 'accessToken',
        label: 'Access token',
        type: 'password',
        hint: 'Of a private app that may read and write contacts. Stored encrypted, and never shown again.',
      },
    ],
  },
  {
    vendor: 'WEBHOOK',
    category: 'WEBHOOK',
    about: 'Any HTTPS endpoint of your own, signed deliveries',
    key: 'webhook',
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
      },
    ],
  },
];

/** The credentials as the API takes them: what was left empty is not sent. */
export function credentialsOf(
  { key, fields }: ConnectableVendor,
  values: Readonly<Record<string, string>>,
): Credentials {
  const given = fields.flatMap(({ name }) => (values[name]?.trim() ? [[name, values[name].trim()] as const] : []));
  return { [key]: Object.fromEntries(given) } as unknown as Credentials;
}
