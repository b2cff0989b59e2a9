import { errors, type Locator } from 'playwright-core';

/** So short that Playwright looks 20 times a second; by default it is twice a second, and that was most of the time of these tests. */
const stretchMs = 250;
const waitMs = 30_000;

type Act = (this: Locator, ...args: unknown[]) => Promise<unknown>;
const acts = ['click', 'fill', 'check'] as const;
const made = new WeakSet<object>();

/** Makes all locators notice at once what they wait for. They wait as long as before, and fail with the same words. */
export function quickenWaits(locator: Locator): void {
  const prototype = Object.getPrototypeOf(locator) as Record<(typeof acts)[number], Act> & Pick<Locator, 'waitFor'>;
  if (made.has(prototype)) return;
  made.add(prototype);
  const { waitFor } = prototype;
  prototype.waitFor = async function (this: Locator, options = {}) {
    const deadline = performance.now() + (options.timeout ?? waitMs);
    for (;;) {
      try {
        return await waitFor.call(this, { ...options, timeout: stretchMs });
      } catch (error) {
        if (error instanceof errors.TimeoutError && performance.now() < deadline) continue;
        if (error instanceof Error)
          error.message = error.message.replace(`${stretchMs}ms`, `${options.timeout ?? waitMs}ms`);
        throw error;
      }
    }
  };
  for (const name of acts) {
    const act = prototype[name];
    prototype[name] = async function (this: Locator, ...args) {
      await this.waitFor();
      return act.apply(this, args);
    };
  }
}
