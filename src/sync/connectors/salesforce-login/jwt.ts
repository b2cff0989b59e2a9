import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { LoginWay } from './credentials.ts';

/** Salesforce takes assertions that end within three minutes. */
const assertionSeconds = 120;

/** What Salesforce takes in the place of a password: signed with the key of the certificate that the app has. */
export async function signAssertion(
  { clientId, username, privateKey, audienceUrl }: Extract<LoginWay, { kind: 'jwt' }>,
  nowMs: number,
): Promise<string> {
  const key = rsaKeyOf(privateKey);
  if (!key) throw new Error('the stored key was an RSA key when it was checked');
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(clientId)
    .setSubject(username)
    .setAudience(audienceUrl)
    .setExpirationTime(Math.floor(nowMs / 1_000) + assertionSeconds)
    .sign(key);
}

/** The key in a PEM, also in one whose line breaks were lost to `\n`; null: none that Salesforce takes. */
export function rsaKeyOf(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem.replaceAll('\\n', '\n'));
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= 2_048 ? key : null;
  } catch {
    return null;
  }
}

/**
 * Whom the assertion is for: always one of the two general hosts, also where tokens are asked for at My Domain. The My Domain of a sandbox has
 * `--` before the sandbox's name.
 */
export function audienceOf(loginUrl: string, sandbox: boolean): string {
  const { hostname } = new URL(loginUrl);
  const isSandbox = sandbox || hostname === 'test.salesforce.com' || /--|\.sandbox\./.test(hostname);
  return isSandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}
