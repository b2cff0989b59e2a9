import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What axe-core finds serious or critical, in a line each. */
export async function seriousIssues(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as { violations: Violation[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** What is on the page now is for everybody, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await seriousIssues(page)).toEqual([]);
  }
}

/** What is on the page now fits on a phone; the window has its old width afterwards. */
export async function expectToFitPhone(page: Page): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 900 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  // What scrolls inside of a dialog would not widen the document.
  const wide = `[...document.querySelectorAll('[role=dialog] *, [role=alertdialog] *')].filter((e) =>
    e.getBoundingClientRect().right > 391).map((e) => e.outerHTML.slice(0, 200))`;
  expect(await page.evaluate(wide)).toEqual([]);
  if (size) await page.setViewportSize(size);
}

/** Presses Tab until the focus is on what has this name. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const names: string[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = (await page.evaluate(
      '(({ activeElement: e }) => e?.getAttribute("aria-label") ?? e?.labels?.[0]?.innerText ?? e?.innerText ?? "")(document)',
    )) as string;
    names.push(focused.trim());
    if (typeof name === 'string' ? focused.trim() === name : name.test(focused)) return;
  }
  throw new Error(`the keyboard does not reach ${name}, only ${names.join(' | ')}`);
}
