import { z } from 'zod';

export const hubspotInput = z.object({
  authorizationId: z.string().nullish(),
  accessToken: z.string().trim().nullish(),
});
export type HubspotInput = z.input<typeof hubspotInput>;

export const hubspotCredentials = z.object({
  accessToken: z.string().nullable(),
  accessTokenExpiresAt: z.number().nullable(),
  /** Null: a static token, of a private app or a service key. */
  app: z.object({ clientId: z.string(), clientSecret: z.string(), refreshToken: z.string() }).nullable(),
  portalId: z.string(),
  /** Of the account, IANA: its daily quota starts anew at midnight there. */
  timeZone: z.string(),
});
export type HubspotCredentials = z.output<typeof hubspotCredentials>;
