import { and, asc, eq, sql } from 'drizzle-orm';
import { claimDueItems, recoverExpiredClaims } from '../../src/db/statements/claim.ts';
import { editItems } from '../../src/db/statements/edit-items.ts';
import { listSelectedItems, unreleaseItems } from '../../src/db/statements/retry-items.ts';
import { addMembers, releaseMembers } from '../../src/db/statements/retry-members.ts';
import { type Settlement, settleItems } from '../../src/db/statements/settle.ts';
import { restorePage, type WithdrawalFilter, withdrawPage } from '../../src/db/statements/withdraw-items.ts';
import { gates, syncItems, transitions } from '../../src/db/tables/index.ts';
import { eraseLead } from '../../src/sync/erase-lead.ts';
import type { Services } from '../../src/sync/services.ts';
import { Tenant } from './factory.ts';

const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const error = {
  category: 'DUPLICATE',
  message: 'Refused by a test.',
  vendorCode: null,
  vendorMessage: null,
  remoteField: null,
} as const;

const anything: WithdrawalFilter = {
  states: ['PENDING', 'FAILED', 'CLEARED'],
  eventId: null,
  category: null,
  search: null,
  capturedFrom: null,
  capturedUntil: null,
};
const wholeList = { after: null, until: lastUuid };

/** The one item of an organization, moved by the statements that the engine and the use cases run. */
export class OneItem {
  readonly #services: Services;
  readonly tenant: Tenant;
  readonly integrationId: string;
  readonly itemId: string;
  readonly leadId: string;
  /** Of the last claim: what is settled under it later is a late answer. */
  readonly token: string;

  private constructor(services: Services, tenant: Tenant, integrationId: string, itemId: string, leadId: string) {
    this.#services = services;
    this.token = services.newId();
    this.tenant = tenant;
    this.integrationId = integrationId;
    this.itemId = itemId;
    this.leadId = leadId;
  }

  static async create(services: Services): Promise<OneItem> {
    const tenant = await Tenant.create(services);
    const integrationId = await tenant.createIntegration();
    const [leadId] = await tenant.captureLeads(await tenant.createEvent(), 1);
    const [item] = await tenant.listItems(integrationId);
    if (!leadId || !item) throw new Error('nothing was captured');
    return new OneItem(services, tenant, integrationId, item.id, leadId);
  }

  get orgId(): string {
    return this.tenant.orgId;
  }

  async claim(token = this.token): Promise<void> {
    const { integrationId } = this;
    const claim = {
      orgId: this.orgId,
      integrationId,
      token,
      claimSeconds: 60,
      limit: 10,
      busyKeys: [],
      except: [],
      only: null,
      liveOnly: false,
    };
    await claimDueItems(this.#services.db, claim);
  }

  async settle(outcome: Settlement['outcome'], cause: Settlement['cause'] = 'ANSWERED'): Promise<void> {
    const settlement: Settlement = {
      id: this.itemId,
      claim: this.token,
      outcome,
      cause,
      begun: cause === 'ANSWERED',
      sentRevision: 1,
      remoteId: null,
      written: null,
      digest: null,
      accountGeneration: 1,
      error: outcome === 'CLEARED' || cause === 'RECOVERED' ? null : error,
      dueInMs: 0,
      failures: 0,
      failedValue: null,
      refusedDigest: null,
      attempt: null,
    };
    await settleItems(this.#services.db, this.orgId, [settlement]);
  }

  /** As recovery finds claims when this one has run out. */
  async recoverExpired(): Promise<void> {
    await this.#services.db.transaction(async (tx) => {
      await tx.execute(sql`select set_config('sluice.clock_offset', '3600 s', true)`);
      await recoverExpiredClaims(tx, 5);
    });
  }

  async edit(): Promise<void> {
    await this.#services.db.transaction((tx) =>
      editItems(tx, this.orgId, [{ id: this.leadId, revision: 2, matchKey: null }], 'Ada'),
    );
  }

  /** Into a retry; returns it. */
  async release(retryId = this.#services.newId()): Promise<string> {
    const target = { orgId: this.orgId, integrationId: this.integrationId, retryId, releaseEpoch: 1 };
    const states: ('FAILED' | 'PENDING')[] = ['FAILED', 'PENDING'];
    await this.#services.db.transaction(async (tx) => {
      for (const state of states) {
        const page = await listSelectedItems(tx, target, { states }, { state, after: null, until: lastUuid });
        await addMembers(
          tx,
          this.orgId,
          retryId,
          page.filter(({ taken }) => !taken),
        );
      }
      await releaseMembers(tx, target, 1);
    });
    return retryId;
  }

  async unrelease(retryId: string): Promise<void> {
    await this.#services.db.transaction((tx) => unreleaseItems(tx, this.orgId, retryId, 'Ada'));
  }

  /** What is in one of these states. */
  async withdraw(states: WithdrawalFilter['states'] = ['PENDING', 'FAILED', 'CLEARED']): Promise<void> {
    const target = { orgId: this.orgId, integrationId: this.integrationId, by: 'Ada' };
    await this.#services.db.transaction(async (tx) => {
      for (const state of states) await withdrawPage(tx, target, { ...anything, state }, wholeList);
    });
  }

  async restore(): Promise<void> {
    const target = { orgId: this.orgId, integrationId: this.integrationId, by: 'Ada' };
    await this.#services.db.transaction((tx) => restorePage(tx, target, anything, wholeList));
  }

  async erase(): Promise<void> {
    await eraseLead(this.#services, this.tenant.viewer(), { leadId: this.leadId, confirm: true });
  }

  async read() {
    const [item] = await this.#services.db
      .select()
      .from(syncItems)
      .where(and(eq(syncItems.orgId, this.orgId), eq(syncItems.id, this.itemId)));
    if (!item) throw new Error('the item is gone');
    return item;
  }

  async log() {
    return this.#services.db
      .select()
      .from(transitions)
      .where(and(eq(transitions.orgId, this.orgId), eq(transitions.itemId, this.itemId)))
      .orderBy(asc(transitions.position));
  }

  async gate() {
    const [gate] = await this.#services.db
      .select()
      .from(gates)
      .where(and(eq(gates.orgId, this.orgId), eq(gates.integrationId, this.integrationId)));
    if (!gate) throw new Error('the gate is gone');
    return gate;
  }
}
