import { type MarketoWitness, now } from './marketo-witness.ts';
import type { Receipt } from './operator.ts';
import type { SeenTransition } from './transition-reader.ts';

interface Hold {
  command: string;
  receipt: Receipt;
  receivedAt: number;
  /** Null while it lasts. From `sentAt` on leads may arrive, and behind `cursor` be claimed. */
  lifted: { sentAt: number; cursor: string } | null;
}

/** Remembers what the receipts of holds promised, and compares it with what the vendor and the log saw. */
export class HoldWatch {
  #version: number;
  readonly #holds: Hold[] = [];

  /** @param current a receipt of how things are */
  constructor(current: Receipt) {
    this.#version = current.version;
  }

  get holds(): number {
    return this.#holds.length;
  }

  /** A command that holds was answered. One that found its hold in force changed nothing: leads released before go on. */
  held(command: string, receipt: Receipt): void {
    if (receipt.version === this.#version) return;
    this.#version = receipt.version;
    if (this.#holds.at(-1)?.lifted === null) return; // held already, and still
    this.#holds.push({ command, receipt, receivedAt: now(), lifted: null });
  }

  /** A command was answered that let leads go: sent then, and effective behind `cursor`. */
  lifted(sentAt: number, cursor: string, version = this.#version): void {
    this.#version = version;
    const hold = this.#holds.at(-1);
    if (hold) hold.lifted ??= { sentAt, cursor };
  }

  /** A command was answered that changed the setting and leaves a hold in force. */
  changed({ version }: Receipt): void {
    this.#version = version;
  }

  /** Leads that arrived behind a receipt beyond its inFlight, and claims behind its place in the log; in words. */
  broken(witness: MarketoWitness, seen: readonly SeenTransition[], start: string): string[] {
    const positions = new Map(seen.map(({ cursor }, index) => [cursor, index + 1])).set(start, 0);
    const positionOf = (cursor: string) => {
      const position = positions.get(cursor);
      if (position === undefined) throw new Error('a receipt names a place that the log does not have');
      return position;
    };
    return this.#holds.flatMap(({ command, receipt, receivedAt, lifted }) => {
      const arrivals = witness.arrivals(receivedAt, lifted?.sentAt ?? Number.POSITIVE_INFINITY);
      const behind = seen.slice(positionOf(receipt.cursor), lifted ? positionOf(lifted.cursor) : undefined);
      const claims = behind.filter(({ cause }) => cause === 'CLAIMED');
      return [
        ...(arrivals > receipt.inFlight
          ? [`${command}: ${arrivals} leads arrived behind the receipt of ${receipt.inFlight} in flight`]
          : []),
        ...(claims.length > 0 ? [`${command}: ${claims.length} leads were claimed behind the receipt`] : []),
      ];
    });
  }
}
