import { z } from 'zod';
import type { ConnectTools, Grant } from '../connector.ts';
import { expiryOf } from './oauth.ts';

export type SignIn =
  | { kind: 'granted'; grant: Grant; refreshToken: string }
  | { kind: 'refused'; path: 'authorizationId'; message: string };

const notGranted = 'expected a granted sign-in that was not used yet: begin again.';

/** Takes what a person was granted at the vendor, once. `withoutRefresh`: what to do about a vendor that gave no refresh token. */
export async function takeSignIn(
  authorizationId: string,
  tools: Pick<ConnectTools, 'grant'>,
  withoutRefresh = notGranted,
): Promise<SignIn> {
  const grant = await tools.grant(authorizationId);
  if (!grant) return { kind: 'refused', path: 'authorizationId', message: notGranted };
  const refreshToken = z.string().min(1).safeParse(grant.tokens.refresh_token).data;
  if (refreshToken === undefined) return { kind: 'refused', path: 'authorizationId', message: withoutRefresh };
  return { kind: 'granted', grant, refreshToken };
}

const tokenAnswer = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullish().catch(null),
  expires_in: z.unknown().optional(),
});

/** What of a token answer is kept beside the app that people sign in to. A refresh token may be good once only: each answer may bring the next. */
export function tokensOf<App extends { refreshToken: string }>(
  tokens: Record<string, unknown>,
  app: App,
  nowMs: number,
): { accessToken: string; accessTokenExpiresAt: number | null; app: App } {
  const read = tokenAnswer.parse(tokens);
  return {
    accessToken: read.access_token,
    accessTokenExpiresAt: expiryOf(read.expires_in, nowMs),
    app: { ...app, refreshToken: read.refresh_token || app.refreshToken },
  };
}
