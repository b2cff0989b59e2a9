import { z } from 'zod';

/** What an administrator enters; `baseUrl` as Marketo's admin page shows it, with or without /rest or /identity. */
export const marketoInput = z.object({
  baseUrl: z.string(),
  clientId: z.string().trim().min(1, 'expected the client id of a LaunchPoint service.'),
  clientSecret: z.string().trim().min(1, 'expected the client secret of a LaunchPoint service.'),
  partition: z.string().trim().nullish(),
});
export type MarketoInput = z.input<typeof marketoInput>;

/** What is stored, encrypted. `baseUrl` is normalized; `partition` null: the default one. */
export const marketoCredentials = z.object({
  baseUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  partition: z.string().nullable(),
});
export type MarketoCredentials = z.infer<typeof marketoCredentials>;

/**
 * The base below which /rest and /identity lie, without a slash at its end; null: not a URL. A path before /rest or /identity is kept, for
 * gateways; doubled slashes are not, since Marketo deprecates them.
 */
export function normalizeBaseUrl(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/(rest|identity)(\/.*)?$/i, '');
  const login = url.username || url.password ? `${url.username}:${url.password}@` : ''; // left for the guard to refuse
  return `${url.protocol}//${login}${url.host}${path.replace(/\/+$/, '')}`;
}

/** The tenant, whatever the client id: host, port if unusual, and path prefix. */
export const accountIdOf = (baseUrl: string): string => baseUrl.replace(/^https?:\/\//, '');
