import { z } from 'zod';
import { nextMidnight } from '../../../domain/next-midnight.ts';
import type { LearntLimits, Session } from '../connector.ts';
import type { ApiResponse } from '../rest/call.ts';
import type { PardotCredentials } from './credentials.ts';

type DaySession = Pick<Session<PardotCredentials>, 'credentials' | 'memory' | 'now'>;

const timeZoneKey = 'pardot.timeZone';
const hourMs = 60 * 60_000;

/**
 * When the daily calls start anew: midnight in the time zone of the account. Nothing that most API users may read names that time zone, but
 * instants are told in it (2026-01-01T10:00:00-05:00). As long as none was told, the next full hour: somewhere a day begins then, and a call that
 * is refused once more costs nothing.
 */
export function quotaReset(session: DaySession): Date {
  const timeZone = timeZoneOf(session);
  if (timeZone !== null) return nextMidnight(session.now(), timeZone);
  return new Date((Math.floor(session.now() / hourMs) + 1) * hourMs);
}

const instants = z.object({ updatedAt: z.string() });
const page = z.object({ values: z.array(instants).min(1) });

/** The offset in which an answer tells its instants; null: it tells none, or in UTC by a Z, which says nothing of the account. */
export function timeZoneIn(body: unknown): string | null {
  const at = instants.safeParse(body).data?.updatedAt ?? page.safeParse(body).data?.values[0]?.updatedAt ?? '';
  const [, sign, hours, minutes] = /T[\d:.]+([+-])(\d\d):?(\d\d)$/.exec(at) ?? [];
  return sign ? `${sign}${hours}:${minutes}` : null;
}

/** Notes what an answer tells of the account's day. Source: Account Engagement API "Get Started", `X-Return-Api-Usage`, read 2026-11. */
export function limitsIn({ body, headers }: ApiResponse, session: DaySession): LearntLimits {
  const timeZone = timeZoneIn(body);
  if (timeZone !== null) session.memory.set(timeZoneKey, timeZone);
  const [, used, limit] = /(\d+)\s*\/\s*(\d+)/.exec(headers['x-api-usage'] ?? '') ?? [];
  if (!used || !limit || Number(limit) === 0) return {};
  const resetsAt = timeZoneOf(session) === null ? null : quotaReset(session);
  return { daily: { limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)), resetsAt } };
}

const timeZoneOf = ({ memory, credentials }: DaySession): string | null =>
  (memory.get(timeZoneKey) as string | undefined) ?? credentials.timeZone;
