/**
 * The field that the vendor's words name, out of those that were sent; null: none for certain. Engines act on it (only records that carry
 * the field are guilty), so a plain word such as "value" counts only in quotes, in brackets or after "field".
 */
export function namedField(words: string, sent: Iterable<string>): string | null {
  const message = words.slice(0, 1_000); // what is kept of them
  const names = new Set(sent);
  for (const [, list] of message.matchAll(/["'`[(]([\w.:\-, ]+)["'`\])]/g)) {
    for (const name of list?.split(',') ?? []) if (names.has(name.trim())) return name.trim();
  }
  for (const [, name] of message.matchAll(/\bfields?:? +([\w.-]+)/gi)) if (name && names.has(name)) return name;
  for (const [word] of message.matchAll(/[\w.-]*\w/g))
    if (/[A-Z_\d]/.test(word.slice(1)) && names.has(word)) return word;
  return null;
}
