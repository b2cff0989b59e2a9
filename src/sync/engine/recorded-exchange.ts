import type { RecordedExchange } from '../../db/tables/push-attempts.ts';
import type { Exchange } from '../connectors/connector.ts';
import { redact } from '../connectors/http/redact.ts';

/** Most characters that are kept of what was sent for a record, and of what was answered. */
const charactersMax = 16_000;
/** Most exchanges that are kept of one push of one record. */
const exchangesMax = 20;

/**
 * What is kept of the exchanges about one record: without secrets, cut where it is long, and of characters that the database can store. Nothing
 * that a vendor answers may keep the answer from being recorded.
 */
export function recordedExchanges(exchanges: readonly Exchange[], secrets: Iterable<string>): RecordedExchange[] {
  const hidden = hiddenOf(secrets);
  return exchanges.slice(0, exchangesMax).map(({ request, payload, status, answer }) => ({
    request: textOf(request, hidden).slice(0, 2_000).toWellFormed(),
    payload: kept(payload, hidden),
    status,
    answer: kept(answer, hidden),
  }));
}

interface Hidden {
  /** As texts may carry them; longest first, so that of one that contains another nothing is left. */
  texts: string[];
  /** The same as they would stand in JSON, to see at once that there is none. */
  inJson: string[];
}

/** Secrets as they are, as a URL carries them, and as JSON within a text does. */
function hiddenOf(secrets: Iterable<string>): Hidden {
  const texts = [
    ...new Set(
      [...secrets]
        .map((secret) => secret.toWellFormed())
        .flatMap((secret) => [secret, encodeURIComponent(secret), escaped(secret)]),
    ),
  ];
  texts.sort((a, b) => b.length - a.length);
  return { texts, inJson: texts.map(escaped) };
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** NUL, or half of a pair of surrogates, as JSON writes them; or the same letters meant as such, which then costs a closer look. */
const unstorable = /\\u(0000|d[89a-f])/i;

function kept(value: unknown, hidden: Hidden): unknown {
  if (value == null) return null;
  const json = JSON.stringify(value);
  if (json === undefined) return null;
  if (
    json.length <= charactersMax &&
    !unstorable.test(json) &&
    !hidden.inJson.some((secret) => json.includes(secret))
  ) {
    return value;
  }
  const clean = cleaned(value, hidden);
  const text = typeof clean === 'string' ? clean : JSON.stringify(clean);
  if (text.length <= charactersMax) return clean;
  return `${text.slice(0, charactersMax).toWellFormed()}... (cut: ${text.length} characters)`;
}

/** The same with every text in it cleaned, names included. */
function cleaned(value: unknown, hidden: Hidden): unknown {
  if (typeof value === 'string') return textOf(value, hidden);
  if (Array.isArray(value)) return value.map((one) => cleaned(one, hidden));
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return cleaned(value.toJSON(), hidden);
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [textOf(name, hidden), cleaned(of, hidden)] as const),
  );
}

const textOf = (text: string, hidden: Hidden): string =>
  redact(text, hidden.texts).replaceAll('\0', '\ufffd').toWellFormed();
