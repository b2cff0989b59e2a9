import { z } from 'zod';

const text = z.string().trim().nullish();

export const zohoInput = z.object({
  authorizationId: z.string().nullish(),
  accountsUrl: text,
  clientId: text,
  clientSecret: text,
  refreshToken: text,
});
export type ZohoInput = z.input<typeof zohoInput>;

export const zohoCredentials = z.object({
  /** Of the organization's data centre; without a slash at the end. */
  accountsUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  /** Good until it is revoked. */
  refreshToken: z.string(),
  accessToken: z.string().nullable(),
  accessTokenExpiresAt: z.number().nullable(),
  /** As the last token said; null: that beside the accounts server. */
  apiDomain: z.string().nullable(),
  /** API credits of 24 hours, by the edition and its users; null: not known. */
  creditsMax: z.number().nullable(),
});
export type ZohoCredentials = z.output<typeof zohoCredentials>;
