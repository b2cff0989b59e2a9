import { z } from 'zod';

export const pipedriveInput = z.object({
  authorizationId: z.string().nullish(),
  companyDomain: z.string().trim().nullish(),
  apiToken: z.string().trim().nullish(),
});
export type PipedriveInput = z.input<typeof pipedriveInput>;

export const pipedriveCredentials = z.object({
  /** Of a sign-in, or the personal API token. */
  accessToken: z.string().nullable(),
  accessTokenExpiresAt: z.number().nullable(),
  /** Null: an API token. */
  app: z.object({ clientId: z.string(), clientSecret: z.string(), refreshToken: z.string() }).nullable(),
  /** Where the company's API is, without a slash at the end. */
  apiDomain: z.string(),
  /** Of amounts of money that name none; null: not known. */
  currency: z.string().nullable(),
});
export type PipedriveCredentials = z.output<typeof pipedriveCredentials>;
