import type { VariablesOf } from '../data/graphql.ts';
import type { ConnectMutation } from './connect-mutation.ts';

type Input = VariablesOf<typeof ConnectMutation>['input'];
type Credentials = Input['credentials'];
type KeysOf<Union> = Union extends Union ? keyof Union : never;

export interface CredentialField {
  name: string;
  label: string;
  hint?: string;
  /** In its place where an integration is connected again. */
  hintAgain?: string;
  /** `lines`: more than one, such as a key; `switch`: yes or no. */
  type?: 'text' | 'password' | 'url' | 'lines' | 'switch';
  optional?: boolean;
  placeholder?: string;
}

/** One of the ways that a vendor can be connected by. */
export interface ConnectWay {
  label: string;
  /** What it needs at the vendor, in a sentence or two. */
  about?: string;
  /** A person signs in at the vendor: the fields are of the organization's own app there, and serve to begin. */
  signsIn?: boolean;
  /** Where its fields are in the vendor's input; absent: at its top. */
  within?: string;
  fields: readonly CredentialField[];
}

/** A vendor's form: a file in vendors/, and a line in vendors/index.ts. */
export interface ConnectableVendor {
  vendor: Input['vendor'];
  category: 'MARKETING_AUTOMATION' | 'CRM' | 'WEBHOOK';
  about: string;
  /** Where in `credentials` its input is, and in the paths of what is wrong with it. */
  key: KeysOf<Credentials>;
  /** Asked for whatever the way. */
  fields?: readonly CredentialField[];
  ways: readonly [ConnectWay, ...ConnectWay[]];
}

/** What was typed in, by the name of its field; a switch that is on has `on`. */
export type TypedValues = Readonly<Record<string, string>>;

/** Everything to be typed in, and then what is yes or no. */
export function fieldsOf({ fields = [] }: ConnectableVendor, way: ConnectWay): readonly CredentialField[] {
  const all = [...fields, ...way.fields];
  const isSwitch = ({ type }: CredentialField) => type === 'switch';
  return [...all.filter((field) => !isSwitch(field)), ...all.filter(isSwitch)];
}

/** The credentials as the API takes them: what was left empty is not sent. With a sign-in, what it granted is in the place of the app's fields. */
export function credentialsOf(
  vendor: ConnectableVendor,
  way: ConnectWay,
  values: TypedValues,
  authorizationId: string | null = null,
): Credentials {
  const { key, fields = [] } = vendor;
  const own = way.signsIn
    ? {
        ...given(
          way.fields.filter(({ name }) => !ofApp.has(name)),
          values,
        ),
        ...(authorizationId && { authorizationId }),
      }
    : given(way.fields, values);
  const input = { ...given(fields, values), ...(way.within ? { [way.within]: own } : own) };
  return { [key]: input } as unknown as Credentials;
}

/** Fields of the app, and of where one signs in: of beginAuthorization, not of connect. */
const ofApp = new Set(['clientId', 'clientSecret', 'signInSandbox']);

/** What a sign-in begins with. */
export const appOf = (
  { vendor }: ConnectableVendor,
  { clientId = '', clientSecret = '', signInSandbox }: TypedValues,
) => ({
  vendor,
  clientId,
  clientSecret,
  sandbox: signInSandbox === 'on',
});

const given = (fields: readonly CredentialField[], values: TypedValues): Record<string, string | boolean> =>
  Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const value = values[name]?.trim();
      return value ? [[name, type === 'switch' ? true : value]] : [];
    }),
  );
