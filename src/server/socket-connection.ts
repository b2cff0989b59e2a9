import type { Duplex } from 'node:stream';
import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { limits } from './limits.ts';
import type { Session } from './sessions.ts';

/** Close codes of RFC 6455 and graphql-transport-ws. The protocol's clients take 44xx and 4500 as final, except 4403; they come back after the others. */
export const closeCodes = {
  restart: 1012,
  tryAgainLater: 1013,
  unauthenticated: 4401,
  expired: 4403,
} as const;

/** One WebSocket, as graphql-ws wants to see it. Pings it, and ends it when it does not answer. */
export class SocketConnection implements ProtocolSocket {
  readonly socket: WebSocket;
  /** Null until its connection_init was accepted. */
  session: Session | null = null;
  readonly #stream: Duplex;
  readonly #log: Logger;
  readonly #drained = new Map<object, () => void>();
  readonly #pings: NodeJS.Timeout;
  #answered = true;
  #executing = 0;
  #closing: { code: number; reason: string } | null = null;

  /** @param stream the connection below the socket */
  constructor(socket: WebSocket, stream: Duplex, log: Logger) {
    this.socket = socket;
    this.#stream = stream;
    this.#log = log;
    this.#pings = setInterval(() => this.#ping(), limits.pingMs).unref();
    socket.on('pong', () => {
      this.#answered = true;
    });
    // Broken frames, messages that are too large, connections that were reset: ws closes the socket itself.
    socket.on('error', (err) => log.debug({ event: 'socket.error', err }, 'a socket failed'));
    socket.once('close', () => clearInterval(this.#pings));
    for (const event of ['drain', 'close'] as const) stream.on(event, () => this.#callDrained());
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  get open(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Settles when the kernel has taken the message; so whoever waits for it does not get ahead of the client. */
  send(message: string): Promise<void> {
    if (!this.open) return Promise.resolve();
    return new Promise((resolve) => this.socket.send(message, () => resolve())); // an error closes the socket, which is told elsewhere
  }

  /**
   * Sends a frame as it is, in parts, without waiting: ws itself makes two writes and a callback of every message. It mixes with what ws sends
   * because ws, without compression, never keeps half a message back.
   */
  write(parts: readonly Buffer[]): void {
    if (!this.open) return;
    if (parts.length > 1) this.#stream.cork();
    for (const part of parts) this.#stream.write(part);
    if (parts.length > 1) this.#stream.uncork();
  }

  /** What the kernel has not taken yet. */
  get backlogBytes(): number {
    return this.#stream.writableLength;
  }

  /** Calls back once everything was taken, or the connection is gone; each owner's last call alone. */
  onceDrained(owner: object, call: () => void): void {
    this.#drained.set(owner, call);
  }

  close(code?: number, reason?: string): void {
    this.socket.close(code, reason);
  }

  onMessage(handle: (message: string) => Promise<void>): void {
    this.socket.on('message', (data) => {
      // Until the client answers the close ws goes on giving what it sends, though its key may have been revoked.
      if (!this.open) return;
      handle(String(data)).catch((err: unknown) => {
        this.#log.error({ event: 'socket.failed', err }, 'a message could not be handled');
        this.close(4500, 'Internal server error');
      });
    });
  }

  /** Runs a query or mutation, which a close for a restart waits for. */
  async executing<T>(run: () => Promise<T>): Promise<T> {
    this.#executing += 1;
    try {
      return await run();
    } finally {
      this.#executing -= 1;
      // After the answer was handed to the socket.
      if (this.#closing) setImmediate(() => this.#closeIfIdle());
    }
  }

  /** Closes as soon as no query or mutation is under way. */
  closeWhenIdle(code: number, reason: string): void {
    this.#closing = { code, reason };
    this.#closeIfIdle();
  }

  /** True once it takes no more operations. */
  get closing(): boolean {
    return this.#closing !== null;
  }

  terminate(): void {
    this.socket.terminate();
  }

  #callDrained(): void {
    const calls = [...this.#drained.values()];
    this.#drained.clear();
    for (const call of calls) call();
  }

  #closeIfIdle(): void {
    if (this.#closing && this.#executing === 0) this.close(this.#closing.code, this.#closing.reason);
  }

  #ping(): void {
    if (!this.#answered) this.socket.terminate();
    this.#answered = false;
    if (this.open) this.socket.ping();
  }
}
