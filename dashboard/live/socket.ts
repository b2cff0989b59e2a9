import { createClient, type FormattedExecutionResult, type Sink, type SubscribePayload } from 'graphql-ws';
import { ConnectionWatch } from './connection.ts';

const slowestMs = 10_000;
const pingMs = 10_000;
const pongMs = 5_000;
/** Longer than that nobody waits for the first message of a stream that may have nothing to say. */
const catchUpMs = 1_500;

export interface Socket {
  connection: ConnectionWatch;
  /** Asked for again after every loss of the connection, with `payload` as it is then: whoever owns it moves its cursor forward. */
  subscribe(payload: SubscribePayload, sink: Sink<FormattedExecutionResult>): () => void;
}

/** The one socket of the page. It connects again for ever, after waits that grow and vary, and at once when the network is back. */
export function openSocket(key: string, onRefused: (reason: string) => void): Socket {
  const connection = new ConnectionWatch();
  const url = new URL('/graphql', location.origin);
  url.protocol = url.protocol.replace('http', 'ws');
  let socket: WebSocket | null = null;
  let pongTimer = 0;
  const arrival = {}; // after a connection stands again, until its first message

  const client = createClient({
    url: url.href,
    connectionParams: { authorization: `Bearer ${key}` },
    lazy: false,
    keepAlive: pingMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (retries) => waitOrOnline(Math.random() * Math.min(slowestMs, 500 * 2 ** retries)),
    onNonLazyError: () => {}, // closed() has heard of it
    on: {
      opened: (opened) => {
        socket = opened as WebSocket;
      },
      connected: (_socket, _payload, wasRetry) => {
        if (wasRetry) {
          connection.setBehind(arrival, true);
          setTimeout(() => connection.setBehind(arrival, false), catchUpMs);
        }
        connection.opened(wasRetry);
      },
      message: ({ type }) => {
        if (type === 'next') connection.setBehind(arrival, false);
      },
      ping: (received) => {
        if (received) return;
        pongTimer = window.setTimeout(() => socket?.close(4499, 'no answer'), pongMs); // the network went away without a word
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: (event) => {
        clearTimeout(pongTimer);
        connection.closed();
        const { code } = event as CloseEvent;
        if (code === 4401) onRefused('This API key is not known, or it was revoked.');
        if (code === 4403) onRefused('This API key has expired.');
      },
    },
  });
  return {
    connection,
    subscribe: (payload, sink) => client.subscribe(payload, sink),
  };
}

function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener('online', done);
  });
}
