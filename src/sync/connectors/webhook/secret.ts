import { randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0: 24 to 64 random bytes, shown as whsec_ and base64. */
const prefix = 'whsec_';
const bytesMin = 24;
const bytesMax = 64;

export const generateSecret = (): string => prefix + randomBytes(32).toString('base64');

/** What is wrong with a secret that somebody entered; null: nothing. */
export function problemOfSecret(secret: string): string | null {
  const encoded = secret.slice(prefix.length);
  const bytes = Buffer.from(encoded, 'base64');
  const isBase64 = bytes.toString('base64') === encoded; // Buffer skips what is not base64
  if (secret.startsWith(prefix) && isBase64 && bytes.length >= bytesMin && bytes.length <= bytesMax) return null;
  return `expected ${prefix} followed by the base64 of ${bytesMin} to ${bytesMax} random bytes; leave it out to have one generated.`;
}
