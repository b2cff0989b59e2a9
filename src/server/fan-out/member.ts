import type { ExecutionResult } from 'graphql';
import type { SocketConnection } from '../socket-connection.ts';
import { nextHead, type SharedPayload } from './shared-payload.ts';

/** What a member needs of its group. */
export interface MemberGroup {
  join(member: GroupMember): void;
  /** The member listens: results may be sent. */
  begin(): void;
  leave(member: GroupMember): void;
  /** Sends what the member skipped: the latest of each state, not what it missed on the way. */
  catchUp(member: GroupMember): void;
}

type Ended = IteratorResult<ExecutionResult, undefined>;

/**
 * One subscriber of a group, as graphql-ws sees it: an iterator that gives nothing until it ends, because results go straight to the socket.
 * graphql-ws then sends the message that ends the operation.
 */
export class GroupMember implements AsyncIterableIterator<ExecutionResult> {
  readonly connection: SocketConnection;
  /** Another one after groups have become one. */
  group: MemberGroup;
  /** States that were not sent because the socket did not drain: what is the latest then is sent then. */
  readonly skipped = new Set<string>();
  readonly #head: Buffer;
  readonly #release: () => void;
  readonly #end = Promise.withResolvers<Ended>();
  #started = false;
  #ended = false;

  /** Joins the group. @param release called once, when it has ended */
  constructor(connection: SocketConnection, id: string, group: MemberGroup, release: () => void) {
    this.connection = connection;
    this.group = group;
    this.#head = nextHead(id);
    this.#release = release;
    this.#end.promise.catch(() => {}); // a member that was never read may fail
    group.join(this);
  }

  /** Called by graphql-ws once it listens for the end: from now on results may be sent. */
  next(): Promise<Ended> {
    if (!this.#started) {
      this.#started = true;
      if (!this.#ended) this.group.begin();
    }
    return this.#end.promise;
  }

  async return(): Promise<Ended> {
    this.complete();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Ended> {
    this.complete();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  send(payload: SharedPayload): void {
    this.connection.write(payload.frame(this.#head));
  }

  /** The stream is over, or its subscriber gone. */
  complete(): void {
    if (this.#finish()) this.#end.resolve({ done: true, value: undefined });
  }

  fail(error: unknown): void {
    if (this.#finish()) this.#end.reject(error);
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.group.leave(this);
    this.#release();
    return true;
  }
}
