import type { Plugin } from 'vite';

/** Leaves out what React Aria says to screen readers in languages that the dashboard itself does not speak: a third of its size. */
export function englishOnly(): Plugin {
  return {
    name: 'sluice:english-only',
    enforce: 'pre',
    load(id) {
      const language =
        /\/(?:intl|@react-aria|@react-stately|react-aria|react-stately)\/.*\/([a-z]{2}-[A-Z]{2})\.(?:js|mjs|cjs|json)$/.exec(
          id,
        )?.[1];
      return language && language !== 'en-US' ? 'export default {};' : null;
    },
  };
}
