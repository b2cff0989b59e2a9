import type { Vendor } from '../domain/vendors.ts';
import { builder } from './builder.ts';
import { givenId } from './ids.ts';

const authorizationId = 'A GRANTED sign-in, of beginAuthorization, by the same API key. Good once.';
const stored = 'Stored encrypted and never shown again.';

const MarketoCredentialsInput = builder.inputType('MarketoCredentialsInput', {
  description: 'Of a LaunchPoint custom service of an API-only user.',
  fields: (t) => ({
    baseUrl: t.string({
      required: true,
      description: "As Marketo's admin page shows it under Web Services, with or without `/rest` or `/identity`.",
    }),
    clientId: t.string({ required: true, description: 'Of the service.' }),
    clientSecret: t.string({ required: true, description: `Of the service. ${stored}` }),
    partition: t.string({
      description: 'The lead partition to write to, where the account has several; absent: its default.',
    }),
  }),
});

const WebhookCredentialsInput = builder.inputType('WebhookCredentialsInput', {
  description: 'An endpoint that takes leads by POST, signed as Standard Webhooks.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'HTTPS, publicly reachable. A query is kept, and stored encrypted like the secret.',
    }),
    secret: t.string({
      description:
        'The signing secret, `whsec_` and base64. Absent: one is generated and shown once, in `webhookSecret`. Of an endpoint that is connected ' +
        'already, the old secret is signed with beside it for 24 hours.',
    }),
  }),
});

const SalesforceClientInput = builder.inputType('SalesforceClientInput', {
  description: 'A connected app of Salesforce with the client credentials flow enabled.',
  fields: (t) => ({
    loginUrl: t.string({
      required: true,
      description: 'The My Domain address of the org, such as https://acme.my.salesforce.com.',
    }),
    clientId: t.string({ required: true, description: 'The consumer key of the app.' }),
    clientSecret: t.string({ required: true, description: `The consumer secret of the app. ${stored}` }),
  }),
});

const SalesforceJwtInput = builder.inputType('SalesforceJwtInput', {
  description: 'A connected app of Salesforce with a certificate (JWT bearer flow).',
  fields: (t) => ({
    loginUrl: t.string({
      required: true,
      description: 'https://login.salesforce.com, https://test.salesforce.com for a sandbox, or the My Domain address.',
    }),
    clientId: t.string({ required: true, description: 'The consumer key of the app.' }),
    username: t.string({ required: true, description: 'Whom to act as; pre-authorized for the app.' }),
    privateKey: t.string({ required: true, description: `The RSA key of the certificate, as PEM. ${stored}` }),
  }),
});

const PardotCredentialsInput = builder.inputType('PardotCredentialsInput', {
  description: 'Account Engagement signs in through Salesforce: by a sign-in or by client credentials, one of them.',
  fields: (t) => ({
    businessUnitId: t.string({
      required: true,
      description: 'Begins with 0Uv, 18 characters; of the business unit setup page.',
    }),
    sandbox: t.boolean({ defaultValue: false, description: 'True for a sandbox or developer org.' }),
    authorizationId: t.id({ description: authorizationId }),
    clientCredentials: t.field({ type: SalesforceClientInput, description: 'Instead of a sign-in.' }),
  }),
});

const HubspotCredentialsInput = builder.inputType('HubspotCredentialsInput', {
  description: 'By a sign-in or by a static token, one of them.',
  fields: (t) => ({
    authorizationId: t.id({ description: authorizationId }),
    accessToken: t.string({ description: `Of a private app, or a service key. ${stored}` }),
  }),
});

const SalesforceCredentialsInput = builder.inputType('SalesforceCredentialsInput', {
  description: 'By a sign-in, client credentials or JWT, one of them.',
  fields: (t) => ({
    sandbox: t.boolean({ defaultValue: false, description: 'True for a sandbox.' }),
    authorizationId: t.id({ description: authorizationId }),
    clientCredentials: t.field({ type: SalesforceClientInput, description: 'Instead of a sign-in.' }),
    jwt: t.field({ type: SalesforceJwtInput, description: 'Instead of a sign-in.' }),
  }),
});

const EloquaCredentialsInput = builder.inputType('EloquaCredentialsInput', {
  description: 'By a sign-in, or by company, username and password together.',
  fields: (t) => ({
    authorizationId: t.id({ description: authorizationId }),
    company: t.string({ description: 'The site name.' }),
    username: t.string({ description: 'Of the API user.' }),
    password: t.string({ description: `Of the API user. ${stored}` }),
  }),
});

const PipedriveCredentialsInput = builder.inputType('PipedriveCredentialsInput', {
  description: 'By a sign-in, or by company domain and API token together.',
  fields: (t) => ({
    authorizationId: t.id({ description: authorizationId }),
    companyDomain: t.string({ description: 'acme of acme.pipedrive.com.' }),
    apiToken: t.string({ description: `Of the personal settings. ${stored}` }),
  }),
});

const ZohoCredentialsInput = builder.inputType('ZohoCredentialsInput', {
  description: 'By a sign-in, or by the refresh token of a self client with its data centre.',
  fields: (t) => ({
    authorizationId: t.id({ description: authorizationId }),
    accountsUrl: t.string({ description: 'Of the data centre, such as https://accounts.zoho.eu.' }),
    clientId: t.string({ description: 'Of the self client.' }),
    clientSecret: t.string({ description: `Of the self client. ${stored}` }),
    refreshToken: t.string({ description: `Generated for the self client. ${stored}` }),
  }),
});

export const CredentialsInput = builder.inputType('CredentialsInput', {
  description: 'Exactly one, that of the vendor. Refused credentials are a ValidationError at `credentials` or below.',
  isOneOf: true,
  fields: (t) =>
    ({
      marketo: t.field({ type: MarketoCredentialsInput, description: 'For MARKETO.' }),
      webhook: t.field({ type: WebhookCredentialsInput, description: 'For WEBHOOK.' }),
      pardot: t.field({ type: PardotCredentialsInput, description: 'For PARDOT.' }),
      hubspot: t.field({ type: HubspotCredentialsInput, description: 'For HUBSPOT.' }),
      salesforce: t.field({ type: SalesforceCredentialsInput, description: 'For SALESFORCE.' }),
      eloqua: t.field({ type: EloquaCredentialsInput, description: 'For ELOQUA.' }),
      pipedrive: t.field({ type: PipedriveCredentialsInput, description: 'For PIPEDRIVE.' }),
      zoho: t.field({ type: ZohoCredentialsInput, description: 'For ZOHO.' }),
    }) satisfies Record<Lowercase<Vendor>, unknown>,
});

/** The input with the sign-in's global id replaced by its row's; one that names nothing is looked for and not found. */
export function withRowIds(credentials: typeof CredentialsInput.$inferInput): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(credentials).map(([vendor, given]) => {
      const id: unknown = given && 'authorizationId' in given ? given.authorizationId : null;
      return [vendor, typeof id === 'string' ? { ...given, authorizationId: givenId('Authorization', id) } : given];
    }),
  );
}
