import { type ApiAnswer, formOf } from '../api.ts';
import type { SignIn } from '../oauth.ts';
import type { Received } from '../server.ts';

/** The token endpoint: a code or a refresh token for tokens. */
export function answerToken(signIn: SignIn, portalId: number, received: Received, nowMs: number): ApiAnswer {
  const form = formOf(received);
  const { clientId, clientSecret, tokenSeconds } = signIn.options;
  const known = form.get('client_id') === clientId && form.get('client_secret') === clientSecret;
  const isCode = form.get('grant_type') === 'authorization_code';
  const issued = known && (isCode ? signIn.redeem(form, nowMs) : signIn.refresh(form.get('refresh_token'), nowMs));
  if (!issued) {
    return { status: 400, body: { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' } };
  }
  return {
    status: 200,
    body: {
      access_token: issued.accessToken,
      refresh_token: issued.refreshToken,
      expires_in: tokenSeconds,
      token_type: 'bearer',
      user_id: 1,
      token_use: 'access_token',
      hub_id: portalId,
      scopes: ['oauth', 'crm.objects.contacts.read', 'crm.objects.contacts.write'],
    },
  };
}
