import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';

/** From this size on a message is sent in two parts, so that all members share the larger one. */
const splitBytes = 16_384;

/** One result for many subscribers: made into bytes once, each gets them behind its own id. */
export class SharedPayload {
  /** The payload, and what closes the message around it. */
  readonly #bytes: Buffer;
  #digest: string | null = null;

  constructor(result: ExecutionResult) {
    this.#bytes = Buffer.from(`${JSON.stringify(result)}}`);
  }

  /** Equal for equal payloads. */
  get digest(): string {
    this.#digest ??= createHash('sha1').update(this.#bytes).digest('base64');
    return this.#digest;
  }

  /** The message as a WebSocket frame, in parts that belong together. `head` is what nextHead gave. */
  frame(head: Buffer): Buffer[] {
    const length = head.length + this.#bytes.length;
    if (this.#bytes.length >= splitBytes) {
      const first = Buffer.allocUnsafe(headerLength(length) + head.length);
      head.copy(first, writeHeader(first, length));
      return [first, this.#bytes];
    }
    const frame = Buffer.allocUnsafe(headerLength(length) + length);
    const at = writeHeader(frame, length);
    head.copy(frame, at);
    this.#bytes.copy(frame, at + head.length);
    return [frame];
  }
}

/** The beginning of every message of one operation. */
export const nextHead = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);

/** A whole text message, not masked: that is how a server sends (RFC 6455, section 5.2). */
const finalText = 0x81;

const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

function writeHeader(frame: Buffer, length: number): number {
  frame[0] = finalText;
  if (length < 126) {
    frame[1] = length;
    return 2;
  }
  if (length < 65_536) {
    frame[1] = 126;
    return frame.writeUInt16BE(length, 2);
  }
  frame[1] = 127;
  return frame.writeBigUInt64BE(BigInt(length), 2);
}
