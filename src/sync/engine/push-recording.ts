import type { AttemptRecord, Settlement } from '../../db/statements/settle.ts';
import type { AttemptReason } from '../../domain/lane.ts';
import { asRefusedOption } from '../../domain/refused-option.ts';
import { refusedValueOf } from '../../domain/refused-value.ts';
import type { Connection } from '../connection.ts';
import type { Exchange } from '../connectors/connector.ts';
import { secretsOf } from '../connectors/secrets.ts';
import { type Prospect, refusedDigest } from '../foresee.ts';
import type { Engine } from './engine.ts';
import type { Prepared } from './prepare.ts';
import { recordedExchanges } from './recorded-exchange.ts';

/** Collects what one call exchanges with the vendor, and makes of it what is kept of each lead's push. */
export class PushRecording {
  readonly #engine: Engine;
  readonly #connection: Connection;
  readonly #startedAt: Date;
  readonly #began: number;
  /** Of the beginning too: a token that is replaced meanwhile is still a secret. */
  readonly #secrets: Set<string>;
  readonly #exchanges = new Map<string, Exchange[]>();
  #durationMs = 0;

  constructor(engine: Engine, connection: Connection) {
    this.#engine = engine;
    this.#connection = connection;
    this.#startedAt = engine.services.now();
    this.#began = engine.monotonic();
    this.#secrets = engine.keepsAttempts ? secretsOf(connection.session) : new Set();
  }

  /** As connectors tell it. Of no effect where no attempts are kept. */
  exchanged(itemId: string, exchange: Exchange): void {
    if (!this.#engine.keepsAttempts) return;
    const known = this.#exchanges.get(itemId);
    if (known) known.push(exchange);
    else this.#exchanges.set(itemId, [exchange]);
  }

  /** The vendor has answered, or has not and is not waited for any longer. */
  ended(): void {
    this.#durationMs = Math.round(this.#engine.monotonic() - this.#began);
  }

  /** The settlements with the attempts that they end. What was never sent is no attempt: its move in the log says why. */
  attach(settlements: readonly Settlement[], reasonOf: ReadonlyMap<string, AttemptReason>): Settlement[] {
    if (!this.#engine.keepsAttempts) return [...settlements];
    const secrets = new Set([...this.#secrets, ...secretsOf(this.#connection.session)]);
    return settlements.map((settlement) => {
      const reason = reasonOf.get(settlement.id);
      return settlement.begun && reason
        ? { ...settlement, attempt: this.#attempt(settlement.id, reason, secrets) }
        : settlement;
    });
  }

  #attempt(itemId: string, reason: AttemptReason, secrets: ReadonlySet<string>): AttemptRecord {
    return {
      reason,
      startedAt: this.#startedAt,
      durationMs: this.#durationMs,
      exchanges: recordedExchanges(this.#exchanges.get(itemId) ?? [], secrets),
    };
  }
}

/**
 * The settlements of leads that failed, with the value that was refused, what tells that the same would be refused again, and the cause as
 * whoever mapped the fields has to understand it.
 */
export function withRefusals(
  settlements: readonly Settlement[],
  prepared: readonly Prepared[],
  prospect: Prospect,
): Settlement[] {
  const { mappings, fields, connection } = prospect;
  const { optionCodes = [] } = connection.connector;
  const recordOf = new Map(prepared.map(({ item, record }) => [item.id, record]));
  return settlements.map((settlement) => {
    const { outcome, begun } = settlement;
    const record = recordOf.get(settlement.id);
    if (outcome !== 'FAILED' || settlement.error === null || !record) return settlement;
    const error = asRefusedOption(settlement.error, mappings, fields, optionCodes);
    return {
      ...settlement,
      error,
      failedValue: refusedValueOf(error, record.lead, mappings, record.values),
      refusedDigest: begun ? refusedDigest(prospect, error, record) : null,
    };
  });
}
