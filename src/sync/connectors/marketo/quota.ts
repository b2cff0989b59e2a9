import { nextMidnight } from '../../../domain/next-midnight.ts';

/** When Marketo's daily quota starts anew: the next 00:00 in US Central time. Source: Marketo "REST API", read 2026-11. */
export const nextQuotaReset = (nowMs: number): Date => nextMidnight(nowMs, 'America/Chicago');
