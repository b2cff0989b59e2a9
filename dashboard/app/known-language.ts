/**
 * A browser that was started without a language (LANG=C) names one that Intl refuses, such as en-US@posix, and uPlot asks for it while it loads. The
 * page speaks English.
 */
export function ensureKnownLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
  }
}
