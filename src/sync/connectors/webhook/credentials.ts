import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What an administrator enters. `secret` absent: one is generated and shown once. */
export const webhookInput = z.object({ url: z.string().trim(), secret: z.string().trim().nullish() });
export type WebhookInput = z.input<typeof webhookInput>;

/** What is stored, encrypted: the query of a URL can be as secret as the secret. */
export const webhookCredentials = z.object({
  url: z.string(),
  secret: z.string(),
  /** Secrets before this one, newest first, that deliveries are still signed with, until this wall clock in ms. */
  previous: z.array(z.object({ secret: z.string(), until: z.number() })).optional(),
});
export type WebhookCredentials = z.infer<typeof webhookCredentials>;

/** The URL as it is called; null: not a URL. A fragment never leaves a client, so it is not kept. */
export function normalizeUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  url.hash = '';
  return url.href;
}

/** The endpoint, query included, as a hash: two queries can be two receivers, and neither may be read from the id. */
export const accountIdOf = (url: string): string => createHash('sha256').update(url).digest('hex');

/** What people see: never the query. */
export function accountNameOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
