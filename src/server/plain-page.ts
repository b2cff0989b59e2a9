import { inlineSource, type Page, policyOf } from './pages.ts';

const style = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.25rem; }
  h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
  :target { scroll-margin-top: 1rem; } h2:target { background: color-mix(in srgb, gold 25%, transparent); }
  code { font: 0.9em ui-monospace, monospace; } pre { padding: 0.75rem 1rem; overflow-x: auto; border: 1px solid var(--line); }
  table { border-collapse: collapse; } th, td { padding: 0.3rem 0.75rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
`;

/** A page of text. `body` is HTML of our own, not of a user; so is `script`, which runs when it was shown. */
export function plainPage(title: string, body: string, script: string | null = null): Page {
  return {
    contentType: 'text/html; charset=utf-8',
    policy: policyOf({
      'style-src': inlineSource(style),
      'img-src': "'self' data:",
      ...(script && { 'script-src': inlineSource(script) }),
    }),
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body>${body}${script ? `<script>${script}</script>` : ''}</body>
</html>
`,
  };
}
