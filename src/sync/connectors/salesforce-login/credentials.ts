import { z } from 'zod';

const text = (expected: string) => z.string().trim().min(1, `expected ${expected}.`);

const clientInput = z.object({
  loginUrl: text('the My Domain address of the org, such as https://acme.my.salesforce.com'),
  clientId: text('the consumer key of the app'),
  clientSecret: text('the consumer secret of the app'),
});

const jwtInput = z.object({
  loginUrl: text('https://login.salesforce.com, https://test.salesforce.com, or the My Domain address of the org'),
  clientId: text('the consumer key of the app'),
  username: text('the user to act as'),
  privateKey: text('the RSA key of the certificate, as PEM'),
});

/** One of the three ways to sign in. */
export const loginInput = z.object({
  sandbox: z.boolean().nullish(),
  authorizationId: z.string().nullish(),
  clientCredentials: clientInput.nullish(),
  jwt: jwtInput.nullish(),
});
export type LoginInput = z.input<typeof loginInput>;

const way = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refresh'), clientId: z.string(), clientSecret: z.string(), refreshToken: z.string() }),
  z.object({ kind: z.literal('client'), clientId: z.string(), clientSecret: z.string() }),
  z.object({
    kind: z.literal('jwt'),
    clientId: z.string(),
    username: z.string(),
    privateKey: z.string(),
    /** Of the assertion. */
    audienceUrl: z.string(),
  }),
]);

/** A sign-in to a Salesforce org, as it is stored. */
export const salesforceLogin = z.object({
  accessToken: z.string().nullable(),
  /** Null: Salesforce does not say; the session slides, so it is used until it is refused. */
  accessTokenExpiresAt: z.number().nullable(),
  /** Where tokens are asked for, without a path. */
  loginUrl: z.string(),
  /** Where the org's API is, without a path. */
  instanceUrl: z.string(),
  /** Of the org, 15 characters; where Salesforce did not tell it, the host of the org. */
  orgId: z.string(),
  /** How new access tokens are got. */
  way,
});
export type SalesforceLogin = z.output<typeof salesforceLogin>;
export type LoginWay = SalesforceLogin['way'];
