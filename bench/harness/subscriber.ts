import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A graphql-transport-ws client as small as can be, so that a thousand of them fit beside the server. */
export class Subscriber {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Resolves when the subscription has begun, as far as a client can tell: what is asked on the socket afterwards was answered. */
  static async open(url: string, key: string, query: string, heard: (message: Buffer) => void): Promise<Subscriber> {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    await once(socket, 'open');
    const begun = Promise.withResolvers<void>();
    socket.on('message', (data: Buffer) => {
      if (data.includes(nextMessage)) return heard(data);
      const message = JSON.parse(String(data)) as { type: string; id?: string; payload?: unknown };
      if (message.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: 'feed', type: 'subscribe', payload: { query } }));
        socket.send(JSON.stringify({ id: 'begun', type: 'subscribe', payload: { query: '{ __typename }' } }));
      } else if (message.type === 'complete' && message.id === 'begun') begun.resolve();
      else if (message.type === 'error') begun.reject(new Error(`refused: ${JSON.stringify(message.payload)}`));
    });
    socket.on('close', (code) => begun.reject(new Error(`closed with ${code}`)));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
    await begun.promise;
    return new Subscriber(socket);
  }

  /** Reads nothing any more: a client that stalled. */
  stall(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** How a message of the subscription begins; the other one is told apart by its id. */
const nextMessage = Buffer.from('"id":"feed","type":"next"');

/** Opens many, some at a time. */
export async function openSubscribers(
  count: number,
  url: string,
  key: string,
  query: string,
  heard: (message: Buffer, index: number) => void,
): Promise<Subscriber[]> {
  const opened: Subscriber[] = [];
  const atOnce = 50;
  for (let first = 0; first < count; first += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, count - first) }, (_, offset) => first + offset);
    opened.push(
      ...(await Promise.all(
        indexes.map((index) => Subscriber.open(url, key, query, (message) => heard(message, index))),
      )),
    );
  }
  return opened;
}
