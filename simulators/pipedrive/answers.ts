import type { ApiAnswer } from '../api.ts';

export const succeeded = (data: unknown, additional_data?: unknown, status = 200): ApiAnswer => ({
  status,
  body: { success: true, data, ...(additional_data !== undefined && { additional_data }) },
});

/** Pipedrive's errors: words, and the status once more. `code` where it has one of its own. */
export const refused = (status: number, error: string, code?: string): ApiAnswer => ({
  status,
  body: {
    success: false,
    error,
    errorCode: status,
    error_info: 'Please check developers.pipedrive.com',
    ...(code && { code }),
    data: null,
    additional_data: null,
  },
});

/** A page by limit and an opaque cursor; null: the cursor is none of ours. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  pageMax: number,
): { items: Item[]; next: string | null } | null {
  const cursor = query.get('cursor');
  const from = cursor === null ? 0 : Number(Buffer.from(cursor, 'base64url').toString());
  if (!Number.isInteger(from)) return null;
  const limit = Math.min(Math.max(1, Number(query.get('limit') ?? 100) || 100), pageMax);
  const next = from + limit < items.length ? Buffer.from(String(from + limit)).toString('base64url') : null;
  return { items: items.slice(from, from + limit), next };
}
