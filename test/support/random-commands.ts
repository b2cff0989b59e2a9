import { setTimeout as pause } from 'node:timers/promises';
import { HoldWatch } from './hold-watch.ts';
import { type MarketoWitness, now } from './marketo-witness.ts';
import type { Operator } from './operator.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SluiceProgram } from './sluice-program.ts';

type Command = () => Promise<unknown>;

/** The only last name that the vendor takes. */
export const goodName = 'Good';

/** Commands in a random order with random arguments, and what must be true of the outcome. */
export class RandomCommands {
  readonly watch: HoldWatch;
  /** Leads that are on the work list. */
  readonly listed = new Set<string>();
  readonly #random: SeededRandom;
  readonly #program: SluiceProgram;
  readonly #operator: Operator;
  readonly #witness: MarketoWitness;
  readonly #eventIds: string[];
  readonly #notEnriched: string[] = [];
  readonly #retries: string[] = [];
  #captured = 0;
  #disabled = false;
  readonly #settingCommands: Command[];
  readonly #leadCommands: Command[];

  private constructor(world: World, eventIds: string[], watch: HoldWatch) {
    this.#random = world.random;
    this.#program = world.program;
    this.#operator = world.operator;
    this.#witness = world.witness;
    this.#eventIds = eventIds;
    this.watch = watch;
    const toManual = () => this.#manual();
    const toAutomatic = () => this.#automatic();
    const flicker = () => this.#flicker();
    this.#settingCommands = [
      ...[toManual, toAutomatic, toAutomatic, flicker, flicker, flicker],
      ...[() => this.#disable(), () => this.#enable(), () => this.#enableManual()],
      ...[() => this.#retryEvent(), () => this.#retryFailed()],
    ];
    this.#leadCommands = [
      ...[() => this.#capture(), () => this.#capture(), () => this.#edit(), () => this.#enrich()],
      ...[() => this.#cancelRetry(), () => this.#refuse(), async () => {}],
    ];
  }

  static async begin(world: World): Promise<RandomCommands> {
    const names = ['Spring', 'Autumn'].map((name) => `${name} ${world.operator.integrationId}`);
    const eventIds = await Promise.all(names.map((name) => world.operator.createEvent(name)));
    return new RandomCommands(world, eventIds, new HoldWatch(await world.operator.setSyncMode('AUTOMATIC')));
  }

  /** A command on the setting and one on leads, at once. */
  async step(): Promise<void> {
    await Promise.all([this.#random.pick(this.#settingCommands)(), this.#random.pick(this.#leadCommands)()]);
  }

  /** kill -9 while leads are captured. Whoever captured them can't know whether it worked, and does it again. */
  async killWhileCapturing(): Promise<void> {
    const capture = this.#captureOnce();
    const lost = capture().catch(() => null);
    await pause(this.#random.upTo(60));
    await this.#program.kill();
    await lost;
    await this.#program.start();
    await capture();
  }

  /** Lets everything go. */
  async open(): Promise<void> {
    await this.#enable();
    await this.#automatic();
  }

  async #manual(): Promise<void> {
    this.watch.held('setSyncMode(MANUAL)', await this.#operator.setSyncMode('MANUAL'));
  }

  async #automatic(): Promise<void> {
    const sentAt = now();
    const receipt = await this.#operator.setSyncMode('AUTOMATIC');
    if (this.#disabled) this.watch.changed(receipt);
    else this.watch.lifted(sentAt, receipt.cursor, receipt.version);
  }

  async #disable(): Promise<void> {
    this.watch.held('disable', await this.#operator.disable());
    this.#disabled = true;
  }

  async #enable(): Promise<void> {
    const sentAt = now();
    const receipt = await this.#operator.enable();
    if (this.#disabled) this.watch.lifted(sentAt, receipt.cursor, receipt.version);
    this.#disabled = false;
  }

  async #enableManual(): Promise<void> {
    this.watch.held('enable(MANUAL)', await this.#operator.enable('MANUAL'));
    this.#disabled = false;
  }

  /** Opens and closes in quick succession, so that the close falls into every moment of a claim. */
  async #flicker(): Promise<void> {
    const pausesMs = Array.from({ length: 4 }, () => this.#random.upTo(30));
    const close = this.#random.chance(0.5) ? () => this.#disable() : () => this.#manual();
    for (const pauseMs of pausesMs) {
      await this.open();
      await pause(pauseMs);
      await close();
    }
  }

  async #retryEvent(): Promise<void> {
    const groups = this.#random.pick([['PRE_SYNC'], ['FAILED'], ['PRE_SYNC', 'FAILED']]);
    const eventId = this.#random.pick(this.#eventIds);
    await this.#release(() => this.#operator.retryEvent(eventId, groups));
  }

  #retryFailed(): Promise<void> {
    return this.#release(() => this.#operator.retryFailed('DATA_VALUE_VALIDATION'));
  }

  async #release(retry: () => Promise<string | null>): Promise<void> {
    const { cursor } = await this.#operator.read();
    const sentAt = now();
    const retryId = await retry();
    if (!retryId) return; // held by more than the mode: nothing is released
    this.#retries.push(retryId);
    this.watch.lifted(sentAt, cursor);
  }

  #capture(): Promise<void> {
    return this.#captureOnce()();
  }

  /** Leads that can be captured again and again. */
  #captureOnce(): () => Promise<void> {
    const random = this.#random;
    const eventId = random.pick(this.#eventIds);
    const enriched = random.chance(0.85);
    const leads = Array.from({ length: random.upTo(60) }, () => {
      const number = ++this.#captured;
      const sharesAddress = random.chance(0.1);
      const email = sharesAddress ? `LEAD-${number - 1}@example.com` : `lead-${number}@example.com`;
      return {
        externalId: `${this.#operator.integrationId} ${number}`,
        lastName: random.chance(0.1) ? 'Bad' : goodName,
        ...(random.chance(0.95) && { email }),
        enriched,
      };
    });
    return async () => {
      const ids = await this.#operator.capture(eventId, leads);
      if (!enriched) this.#notEnriched.push(...ids);
      else for (const id of ids) this.listed.add(id);
    };
  }

  async #edit(): Promise<void> {
    if (this.listed.size === 0) return;
    const leads = [...this.listed];
    const edits = Array.from({ length: 5 }, () => ({
      leadId: this.#random.pick(leads),
      company: `Company ${this.#random.upTo(1_000)}`,
      mends: this.#random.chance(0.3),
    }));
    for (const { leadId, company, mends } of edits) {
      await this.#operator.update(leadId, { company, ...(mends && { lastName: goodName }) });
    }
  }

  async #enrich(): Promise<void> {
    const leadId = this.#notEnriched.pop();
    if (!leadId) return;
    await this.#operator.update(leadId, { enriched: true });
    this.listed.add(leadId);
  }

  async #cancelRetry(): Promise<void> {
    if (this.#retries.length > 0) await this.#operator.cancelRetry(this.#random.pick(this.#retries));
  }

  /** The vendor refuses its next batch as a whole for one record's sake, without saying which. */
  async #refuse(): Promise<void> {
    this.#witness.marketo.fault({ kind: 'response', code: '1003', path: '/rest/v1/leads.json' });
  }
}

interface World {
  random: SeededRandom;
  program: SluiceProgram;
  operator: Operator;
  witness: MarketoWitness;
}
