/** Speaks with the API: queries and mutations over HTTP, subscriptions over one WebSocket (graphql-transport-ws). */

const endpoint = new URL('graphql', location.href);
const slowestMs = 15_000;
const pingMs = 10_000;
/** Asking again would end the same way. */
const finalCodes = new Set(['NOT_FOUND', 'FORBIDDEN', 'BAD_USER_INPUT', 'LIMIT_EXCEEDED']);

export class ApiError extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code;
  }
}

/** Runs one query or mutation and returns its data. Throws ApiError for what the API refuses, TypeError when it can't be reached. */
export async function request(key, query, variables) {
  const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new ApiError(errors[0]);
  return data;
}

/** Holds the socket open: connects again, ever slower, and then asks for every subscription again. */
export class Live {
  #key;
  #onState;
  #onRefused;
  #subscriptions = new Map();
  #nextId = 1;
  #failures = 0;
  #socket = null;
  #timer = 0;
  #ready = false;

  /** `onState` hears 'live' and 'reconnecting'; `onRefused` why the key is not accepted any more, after which nothing is tried again. */
  constructor(key, { onState, onRefused }) {
    this.#key = key;
    this.#onState = onState;
    this.#onRefused = onRefused;
    addEventListener('online', () => this.#reconnect(0));
    this.#connect();
  }

  /** `onData` gets every message's data, `onEnd` is told when the server has completed the stream. */
  subscribe(query, variables, onData, onEnd = () => {}) {
    const id = String(this.#nextId++);
    this.#subscriptions.set(id, { query, variables, onData, onEnd });
    if (this.#ready) this.#ask(id);
  }

  #connect() {
    const url = new URL(endpoint);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, 'graphql-transport-ws');
    let answered = true;
    const pinging = setInterval(() => {
      if (!answered)
        socket.close(4499, 'no answer'); // a network that went away without a word
      else if (this.#ready) this.#send({ type: 'ping' });
      answered = !this.#ready;
    }, pingMs);
    socket.onopen = () => this.#send({ type: 'connection_init', payload: { authorization: `Bearer ${this.#key}` } });
    socket.onmessage = ({ data }) => {
      answered = true;
      this.#receive(JSON.parse(data));
    };
    socket.onclose = ({ code }) => {
      clearInterval(pinging);
      this.#ready = false;
      if (code === 4401) return this.#onRefused('This API key is not known, or it was revoked.');
      if (code === 4403) return this.#onRefused('This API key has expired.');
      this.#onState('reconnecting');
      this.#reconnect(Math.min(slowestMs, 500 * 2 ** this.#failures++) * (0.5 + Math.random() / 2));
    };
    this.#socket = socket;
  }

  #reconnect(ms) {
    if (this.#socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), ms);
  }

  #receive({ type, id, payload }) {
    const subscription = this.#subscriptions.get(id);
    if (type === 'connection_ack') {
      this.#ready = true;
      this.#failures = 0;
      this.#onState('live');
      for (const known of this.#subscriptions.keys()) this.#ask(known);
    } else if (type === 'ping') this.#send({ type: 'pong' });
    else if (type === 'next' && payload.data) subscription?.onData(payload.data);
    else if (type === 'complete' || type === 'error') {
      this.#subscriptions.delete(id);
      if (!subscription) return;
      const { query, variables, onData, onEnd } = subscription;
      if (type === 'complete' || finalCodes.has(payload[0]?.extensions?.code)) onEnd();
      else setTimeout(() => this.subscribe(query, variables, onData, onEnd), 1_000);
    }
  }

  #ask(id) {
    const { query, variables } = this.#subscriptions.get(id);
    this.#send({ id, type: 'subscribe', payload: { query, variables } });
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
