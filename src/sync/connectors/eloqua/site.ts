import { z } from 'zod';
import type { Session, VendorHosts } from '../connector.ts';
import { parseJson } from '../rest/call.ts';

const loginHost = 'https://login.eloqua.com';
export const loginUrlOf = ({ authUrl, apiUrl }: VendorHosts): string => authUrl ?? apiUrl ?? loginHost;

export type SiteAnswer =
  /** `podUrl` null: the answer names none. `id` null: it does not tell which site this is. */
  | { kind: 'site'; podUrl: string | null; id: string | null; name: string | null }
  /** The credentials are no good, for any pod. */
  | { kind: 'refused' }
  | { kind: 'unavailable'; message: string };

const identity = z.object({
  site: z
    .object({
      id: z.union([z.number(), z.string()]).transform(String).nullish().catch(null),
      name: z.string().nullish().catch(null),
    })
    .nullish()
    .catch(null),
  urls: z
    .object({ base: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
});

export const saysNotAuthenticated = (text: string): boolean => /^\W*not authenticated/i.test(text);

const siteMsMax = 20_000;

/**
 * Asks the login host who we are and which pod has our site. What it says of the pod is what tells a site that moved from credentials that died.
 * Source: Oracle "Determining base URLs", read 2026-11; without credentials it answers 200 and says so in words.
 */
export async function askSite(
  { http, hosts }: Pick<Session<null>, 'http' | 'hosts'>,
  authorization: string,
  { timeoutMs = siteMsMax, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<SiteAnswer> {
  const result = await http.request({
    method: 'GET',
    url: `${loginUrlOf(hosts)}/id`,
    headers: { accept: 'application/json', authorization },
    timeoutMs: Math.min(timeoutMs, siteMsMax),
    uncounted: true,
    ...(signal && { signal }),
  });
  if (result.kind === 'failed') return { kind: 'unavailable', message: `No answer of Eloqua: ${result.message}` };
  const { status, text } = result;
  if (status === 401 || status === 403 || saysNotAuthenticated(text)) return { kind: 'refused' };
  if (status === 429 || status >= 500) {
    return { kind: 'unavailable', message: `Eloqua did not tell where the site is (HTTP ${status}).` };
  }
  const told = identity.safeParse(parseJson(text)).data;
  const base = told?.urls?.base?.replace(/\/+$/, '') ?? '';
  const isUrl = /^https?:\/\//i.test(base) && URL.canParse(base);
  return {
    kind: 'site',
    podUrl: isUrl ? base : null,
    id: told?.site?.id || null,
    name: told?.site?.name || null,
  };
}
