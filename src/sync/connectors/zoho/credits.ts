import { z } from 'zod';
import type { Session } from '../connector.ts';
import type { ApiResponse } from '../rest/call.ts';
import type { ZohoCredentials } from './credentials.ts';

/** A write costs a credit for every ten records. */
export const mostCreditsOfCall = 10;

/** Null: not told, as long as less than half of them are used. */
export function remainingCredits({ headers }: Pick<ApiResponse, 'headers'>): number | null {
  const told = headers['x-api-credits-remaining'];
  return told !== undefined && /^\d+$/.test(told) ? Number(told) : null;
}

const mostSeenKey = 'zoho.creditsSeen';

/** Notes what is left of the 24 hours. Where the edition did not tell how many there are, at least twice as many as were ever seen. */
export function learnCredits(response: ApiResponse, session: Session<ZohoCredentials>): void {
  const remaining = remainingCredits(response);
  if (remaining === null) return;
  const seen = Math.max(remaining, (session.memory.get(mostSeenKey) as number | undefined) ?? 0);
  session.memory.set(mostSeenKey, seen);
  const limit = Math.max(session.credentials.creditsMax ?? 0, 2 * seen, 1);
  session.learned({ daily: { limit, remaining, resetsAt: null } });
}

// Source: Zoho CRM "API limits", read 2026-11. By the edition: for all, for each user, at most.
// biome-ignore format: a table
const budgets: Record<string, readonly [number, number, number]> = {
  free:         [5_000, 0, 5_000],
  standard:     [50_000, 250, 100_000],
  professional: [50_000, 500, 3_000_000],
  enterprise:   [50_000, 1_000, 5_000_000],
  ultimate:     [50_000, 2_000, Number.POSITIVE_INFINITY],
};

const license = z.object({
  paid: z.boolean().nullish(),
  paid_type: z.string().nullish(),
  users_license_purchased: z.coerce.number().nullish().catch(null),
});

/** The credits that a license comes with; null: it is none that we know. */
export function creditsOfLicense(details: unknown): number | null {
  const read = license.safeParse(details).data;
  const budget = budgets[read?.paid_type?.toLowerCase() ?? (read?.paid === false ? 'free' : '')];
  if (!budget) return null;
  const [base, each, max] = budget;
  return Math.min(base + each * (read?.users_license_purchased ?? 0), max);
}
