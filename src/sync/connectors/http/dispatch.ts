import type { Agent, Dispatcher } from 'undici';
import { classifyError, type HttpFailure } from './failure.ts';
import {
  answerBytesMax,
  type HttpFinished,
  type HttpHead,
  type HttpRequest,
  type HttpResult,
  type Schedule,
} from './message.ts';

interface Tools {
  agent: Agent;
  schedule: Schedule;
  onFinished: ((finished: HttpFinished) => void) | undefined;
}

/** One request on undici's own callbacks: half the cost of `request()`, which makes a stream of every answer. */
export function dispatchRequest(tools: Tools, request: HttpRequest, url: URL): Promise<HttpResult> {
  return new Promise((resolve) => {
    new Exchange(tools, request, url, resolve).start();
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #tools: Tools;
  readonly #request: HttpRequest;
  readonly #url: URL;
  readonly #resolve: (result: HttpResult) => void;
  readonly #startedAt = performance.now();
  readonly #onAbort = () => this.#fail('ABORTED');
  #cancelTimer = () => {};
  #controller: Dispatcher.DispatchController | null = null;
  #head: HttpHead | null = null;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;

  constructor(tools: Tools, request: HttpRequest, url: URL, resolve: (result: HttpResult) => void) {
    this.#tools = tools;
    this.#request = request;
    this.#url = url;
    this.#resolve = resolve;
  }

  start(): void {
    const { method, headers, body, signal, timeoutMs } = this.#request;
    if (signal?.aborted) this.#fail('ABORTED');
    else if (timeoutMs <= 0) this.#fail('TIMEOUT');
    if (this.#ended) return;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#cancelTimer = this.#tools.schedule(timeoutMs, () => this.#fail('TIMEOUT'));
    const { origin, pathname, search } = this.#url;
    this.#tools.agent.dispatch(
      { origin, path: pathname + search, method, headers: headers ?? null, body: body ?? null },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: aborting here keeps it from being sent.
    if (this.#ended) controller.abort(new Error('given up'));
    else this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const single: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value;
    }
    this.#head = { status, headers: single };
    if (Number(single['content-length']) > this.#bytesMax) this.#fail('TOO_LARGE');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) this.#fail('TOO_LARGE');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended || !this.#head) return;
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#end({ kind: 'response', ...this.#head, text: bytes.toString('utf8') }, this.#head.status);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  get #bytesMax(): number {
    return this.#request.answerBytesMax ?? answerBytesMax;
  }

  #fail(error: Error | HttpFailure): void {
    if (this.#ended) return;
    const failure = classifyError(error, this.#url.hostname, this.#controller !== null);
    this.#end({ kind: 'failed', ...failure, head: this.#head }, failure.reason);
    this.#chunks = [];
    if (typeof error === 'string') this.#controller?.abort(new Error(error));
  }

  #end(result: HttpResult, outcome: number | HttpFailure): void {
    this.#ended = true;
    this.#cancelTimer();
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    this.#tools.onFinished?.({
      method: this.#request.method,
      origin: this.#url.origin,
      result: outcome,
      durationMs: performance.now() - this.#startedAt,
      sentBytes: this.#request.body ? Buffer.byteLength(this.#request.body) : 0,
    });
    this.#resolve(result);
  }
}
