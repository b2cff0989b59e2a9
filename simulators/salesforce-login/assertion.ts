import { verify } from 'node:crypto';

/** Whose assertions are taken. */
export interface AssertionRules {
  issuer: string;
  subject: string;
  /** As PEM. */
  publicKey: string;
}

const audiences = ['https://login.salesforce.com', 'https://test.salesforce.com'];
/** An assertion may end so far ahead. */
const aheadSecondsMax = 180;

/** What Salesforce says against a JWT bearer assertion; null: nothing. Read by hand, so that it proves whoever signs with a library. */
export function problemOfAssertion(assertion: string, nowMs: number, rules: AssertionRules): string | null {
  const [header = '', claims = '', signature = '', ...more] = assertion.split('.');
  const { alg } = read(header);
  if (more.length > 0 || alg !== 'RS256') return 'invalid assertion';
  const signed = verify(
    'sha256',
    Buffer.from(`${header}.${claims}`),
    rules.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!signed) return 'invalid assertion';
  const { iss, sub, aud, exp } = read(claims);
  if (iss !== rules.issuer) return 'invalid client credentials';
  if (!audiences.includes(String(aud))) return 'audience is invalid';
  if (sub !== rules.subject) return "user hasn't approved this consumer";
  const nowSeconds = nowMs / 1_000;
  return typeof exp === 'number' && exp > nowSeconds && exp <= nowSeconds + aheadSecondsMax
    ? null
    : 'invalid expiration';
}

function read(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return {};
  }
}
