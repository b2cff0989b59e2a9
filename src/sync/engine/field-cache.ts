import type { RemoteField } from '../../domain/mapping.ts';
import type { Connection } from '../connection.ts';
import { type KnownFields, knownFields, refreshRemoteFields } from '../remote-fields.ts';
import type { Services } from '../services.ts';

/** The vendor's fields are read again after this. */
const staleMs = 60 * 60_000;
/** A mapped field that is not among them may be new at the vendor: look again, but not for every push. */
const missingMs = 60_000;

/** The vendor's fields for the pushes of one drain, read again when they are old or a mapped one is missing. */
export class FieldCache {
  readonly #services: Services;
  readonly #orgId: string;
  readonly #integrationId: string;
  #known: KnownFields | null = null;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #expired = false;

  constructor(services: Services, orgId: string, integrationId: string) {
    this.#services = services;
    this.#orgId = orgId;
    this.#integrationId = integrationId;
  }

  /**
   * The fields as far as they are known, looked up anew at the vendor where `mapped` names one that is not among them; empty: not known. Without a
   * connection one is opened where it takes one.
   */
  async fields(connection: Connection | null, mapped: readonly string[]): Promise<readonly RemoteField[]> {
    const now = this.#services.now().getTime();
    if (now - this.#loadedAt > missingMs) {
      this.#known = await knownFields(this.#services, this.#orgId, this.#integrationId);
      this.#loadedAt = now;
    }
    const age = this.#known ? now - this.#known.readAt.getTime() : Number.POSITIVE_INFINITY;
    const missing = mapped.some((name) => !this.#known?.fields.some((field) => field.name === name));
    if ((age > staleMs || (missing && age > missingMs) || this.#expired) && now - this.#askedAt > missingMs) {
      this.#askedAt = now;
      this.#expired = false;
      this.#known =
        (await refreshRemoteFields(this.#services, this.#orgId, this.#integrationId, connection ?? undefined)) ??
        this.#known;
    }
    return this.#known?.fields ?? [];
  }

  /** The vendor does not know a field that it described: it is asked again before the next push, so that no other lead is sent with it. */
  expire(): void {
    this.#expired = true;
  }
}
