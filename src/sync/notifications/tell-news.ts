import { claimDueRules } from '../../db/statements/notification-deliveries.ts';
import { followIntegrations, readNews } from '../../db/statements/notification-news.ts';
import type { Services } from '../services.ts';
import { deliver } from './deliver.ts';

export interface TellOptions {
  /** Where people reach the server, without a slash at its end. */
  publicUrl: () => string;
  /** Ends messages under way. */
  abort: AbortSignal;
}

/** Reads of the log before it is looked for what is due, however busy the log is. */
const readsMax = 50;
/** Messages under way at once. */
const deliveriesMax = 20;

/** Reads what is new in the log for the rules, then tells what is due. Never throws: what failed is done by the next round, of whatever process. */
export async function tellNews(services: Services, options: TellOptions, stopped: () => boolean): Promise<void> {
  const { db, log } = services;
  try {
    await followIntegrations(db);
    for (let read = 0; read < readsMax && !stopped() && (await readNews(db)); read++);
    while (!stopped() && (await tell(services, options)) === deliveriesMax);
  } catch (error) {
    log.error({ event: 'notifications.failed', err: error }, 'notifications failed; the next round tries again');
  }
}

/** Returns how many rules were due. */
async function tell(services: Services, { publicUrl, abort }: TellOptions): Promise<number> {
  const token = services.newId();
  const due = await claimDueRules(services.db, token, deliveriesMax);
  const told = await Promise.allSettled(due.map((rule) => deliver(services, rule, token, publicUrl(), abort)));
  for (const one of told) {
    if (one.status === 'rejected')
      services.log.error({ event: 'notification.broken', err: one.reason }, 'a notification could not be told');
  }
  return due.length;
}
