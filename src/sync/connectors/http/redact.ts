/** Takes secrets out of words that a vendor said, as they are and as a URL would carry them. */
export function redact(text: string, secrets: readonly (string | null | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (!secret) continue;
    clean = clean.replaceAll(secret, '***');
    const encoded = encodeURIComponent(secret);
    if (encoded !== secret) clean = clean.replaceAll(encoded, '***');
  }
  return clean;
}
