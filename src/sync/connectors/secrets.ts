import type { Session } from './connector.ts';

/** Shorter ones would take ordinary words out of what people are shown, and no vendor hands out secrets that short. */
const lettersMin = 8;

/** Parts of credentials that tell nobody anything: addresses, names and ids. Whatever is not named here is taken for a secret. */
const isPublic = (name: string): boolean =>
  /(url|uri|host|id|domain|name|partition|company|region|kind|type|scope|at)$/i.test(name);

/** What may appear in nothing that is stored or shown: the secrets in a session's credentials and the tokens that it holds by now. */
export function secretsOf({ credentials, memory }: Pick<Session<unknown>, 'credentials' | 'memory'>): Set<string> {
  const secrets = new Set<string>();
  collect('credentials', credentials, secrets);
  for (const [name, value] of memory) if (/token|credential/i.test(name)) collect(name, value, secrets);
  return secrets;
}

function collect(name: string, value: unknown, secrets: Set<string>): void {
  if (typeof value === 'string') {
    const ofAddress = /^https?:\/\//i.test(value) && URL.canParse(value) ? secretsOfAddress(value) : null;
    for (const secret of ofAddress ?? (isPublic(name) ? [] : [value])) {
      if (secret.length >= lettersMin) secrets.add(secret);
    }
    return;
  }
  if (Array.isArray(value)) for (const part of value) collect(name, part, secrets);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return;
  for (const [part, of] of Object.entries(value)) collect(part, of, secrets);
}

/** A password, and a query as a whole and by its values: some receivers keep their key there. */
function secretsOfAddress(address: string): string[] {
  const { password, search, searchParams } = new URL(address);
  if (!password && !search) return [];
  return [address, password, search.slice(1), ...searchParams.values()];
}
