import type { Services } from '../services.ts';
import { type TellOptions, tellNews } from './tell-news.ts';

/**
 * Tells news for the notification rules, a round after the other. Runs in every worker: cursors and rules are claimed in the database, so that
 * each message goes out once. Returns a function that ends it after the messages under way.
 */
export function startNotifications(
  services: Services,
  { intervalMs, ...options }: TellOptions & { intervalMs: number },
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const next = () => {
    running = tellNews(services, options, () => stopped).finally(() => {
      if (!stopped) timer = setTimeout(next, intervalMs);
    });
  };
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
