import { z } from 'zod';

export const eloquaInput = z.object({
  authorizationId: z.string().nullish(),
  company: z.string().trim().nullish(),
  username: z.string().trim().nullish(),
  password: z.string().nullish(),
});
export type EloquaInput = z.input<typeof eloquaInput>;

export const eloquaCredentials = z.object({
  /** Of OAuth 2, or company, user and password as HTTP Basic has them. */
  accessToken: z.string().nullable(),
  accessTokenExpiresAt: z.number().nullable(),
  /** Null: HTTP Basic. Eloqua wants the redirect address again whenever the access token is renewed. */
  app: z
    .object({ clientId: z.string(), clientSecret: z.string(), refreshToken: z.string(), redirectUri: z.string() })
    .nullable(),
  /** Kept as it is so that an answer which repeats it is recognized. Null: OAuth 2. */
  password: z.string().nullable(),
  /** Of the pod that the site is on, as last told; without a slash at its end. */
  podUrl: z.string(),
});
export type EloquaCredentials = z.output<typeof eloquaCredentials>;

export const authorizationOf = ({ app }: Pick<EloquaCredentials, 'app'>, accessToken: string): string =>
  `${app ? 'Bearer' : 'Basic'} ${accessToken}`;
