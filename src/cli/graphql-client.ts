import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ApiSettings } from './api-settings.ts';
import { CliError, printable } from './cli-error.ts';

/** The server answered, and refuses the operation; `code` is that of `errors[0].extensions`. */
export class ApiError extends CliError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No usable answer, several times over. Whether the last request took effect is not known. */
class ConnectionError extends CliError {}

export interface GraphqlClient {
  /**
   * Runs one operation and parses its `data`. It is sent again after a network failure, so the operation must be safe to repeat.
   * @throws ApiError, ConnectionError
   */
  request<Data>(document: string, variables: Record<string, unknown>, schema: z.ZodType<Data>): Promise<Data>;
}

export interface GraphqlClientOptions {
  /** How long to wait before each further try; with none left the operation fails. */
  retryDelaysMs?: readonly number[];
  /** Told before every wait, so that a silent terminal has a reason. */
  onWait?: (reason: string, waitMs: number) => void;
}

const answerSchema = z.object({
  data: z.unknown().optional(), // absent where nothing was executed
  errors: z
    .array(
      z.object({
        message: z.string(),
        extensions: z
          .object({ code: z.string(), requestId: z.string(), retryAfterMs: z.number() })
          .partial()
          .optional(),
      }),
    )
    .nonempty()
    .optional(),
});

type Outcome =
  | { kind: 'data'; data: unknown }
  | { kind: 'refused'; error: ApiError }
  | { kind: 'throttled'; retryAfterMs: number }
  | { kind: 'failed'; reason: string };

const answerTimeoutMs = 60_000;
const throttledDefaultMs = 1_000; // for a 429 that does not say how long

/** A client of the public API. A rate limit is waited for as long as the server asks, and spends no try. */
export function createGraphqlClient(settings: ApiSettings, options: GraphqlClientOptions = {}): GraphqlClient {
  const { retryDelaysMs = [500, 1_000, 2_000, 4_000], onWait = () => undefined } = options;
  const wait = async (reason: string, waitMs: number) => {
    onWait(reason, waitMs);
    await sleep(waitMs);
  };
  return {
    async request(document, variables, schema) {
      const body = JSON.stringify({ query: document, variables });
      for (let failures = 0; ; ) {
        const outcome = await post(settings, body);
        if (outcome.kind === 'refused') throw outcome.error;
        if (outcome.kind === 'throttled') {
          await wait('The server asks for a pause', outcome.retryAfterMs);
          continue;
        }
        if (outcome.kind === 'data') {
          const data = schema.safeParse(outcome.data);
          if (data.success) return data.data;
          throw new ApiError(
            'UNEXPECTED_ANSWER',
            `${settings.endpoint.origin} does not answer as this version of Sluice does.`,
          );
        }
        const delay = retryDelaysMs[failures];
        if (delay === undefined) throw new ConnectionError(`${settings.endpoint.origin}: ${outcome.reason}.`);
        failures += 1;
        await wait(outcome.reason, delay);
      }
    },
  };
}

async function post({ endpoint, apiKey }: ApiSettings, body: string): Promise<Outcome> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body,
      redirect: 'manual', // a redirect would turn the POST into a GET, or carry the leads elsewhere
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
  const answer = parseAnswer(text);
  const error = answer?.errors?.[0];
  if (error) return refusal(error.extensions?.code ?? 'UNKNOWN', error, endpoint);
  if (answer && response.ok) return { kind: 'data', data: answer.data };
  return withoutAnswer(response, endpoint);
}

function parseAnswer(text: string): z.infer<typeof answerSchema> | null {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

type AnsweredError = NonNullable<z.infer<typeof answerSchema>['errors']>[0];

function refusal(code: string, { message, extensions }: AnsweredError, endpoint: URL): Outcome {
  if (code === 'RATE_LIMITED')
    return { kind: 'throttled', retryAfterMs: extensions?.retryAfterMs ?? throttledDefaultMs };
  if (code === 'INTERNAL') {
    const request = extensions?.requestId ? ` (request ${printable(extensions.requestId)})` : '';
    return { kind: 'failed', reason: `the server had an internal error${request}` };
  }
  if (code === 'UNAUTHENTICATED') return { kind: 'refused', error: keyRefused(endpoint) };
  // The server's words for malformed input may quote the input, which is a lead.
  const detail =
    code === 'BAD_USER_INPUT' || code === 'UNKNOWN' ? 'the request does not fit its API' : printable(message);
  return {
    kind: 'refused',
    error: new ApiError(code, `${endpoint.origin} refused (${printable(code)}): ${detail}`),
  };
}

/** Something between us and the server answered, or another program listens there. */
function withoutAnswer({ status, headers }: Response, endpoint: URL): Outcome {
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    return { kind: 'throttled', retryAfterMs: seconds >= 0 ? seconds * 1_000 : throttledDefaultMs };
  }
  if (status >= 500 || status === 408) return { kind: 'failed', reason: `the server answered HTTP ${status}` };
  if (status === 401) return { kind: 'refused', error: keyRefused(endpoint) };
  if (status === 413)
    return {
      kind: 'refused',
      error: new ApiError('LIMIT_EXCEEDED', 'The request is too large for the server.'),
    };
  const message = `What answers at ${endpoint.origin} is no Sluice server (HTTP ${status}). Check SLUICE_URL.`;
  return { kind: 'refused', error: new ApiError('UNEXPECTED_ANSWER', message) };
}

function keyRefused(endpoint: URL): ApiError {
  const message = `${endpoint.origin} does not accept the API key: it is unknown, expired or revoked. Check SLUICE_API_KEY.`;
  return new ApiError('UNAUTHENTICATED', message);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  if (error.name === 'TimeoutError') return `no answer within ${answerTimeoutMs / 1_000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return `the server can't be reached${code}`;
}
