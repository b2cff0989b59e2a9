import { and, eq, type SQL, sql } from 'drizzle-orm';
import { wordsOfErased } from '../../domain/erasure.ts';
import { blankLead } from '../../domain/lead-patch.ts';
import type { Tx } from '../client.ts';
import { leads } from '../tables/index.ts';

export interface ErasedLead {
  orgId: string;
  leadId: string;
  /** Who asked for it. */
  by: string;
  at: Date;
  revision: number;
  /** Of the externalId that the lead had; null: it had none. */
  externalIdDigest: string | null;
}

/** Removes everything personal from a lead that the transaction has locked. */
export async function eraseLeadRow(tx: Tx, lead: ErasedLead): Promise<void> {
  await tx
    .update(leads)
    .set({
      ...blankLead,
      externalId: null,
      erasedExternalId: lead.externalIdDigest,
      erasedAt: lead.at,
      revision: lead.revision,
    })
    .where(and(eq(leads.orgId, lead.orgId), eq(leads.id, lead.leadId)));
}

/**
 * Removes what was exchanged about a lead, and the words in which its failures were told, from attempts and log. Its items are locked, so that
 * nothing is added meanwhile; the log's rows are locked in the order in which retention removes them, and before the log itself.
 */
export async function eraseHistory(tx: Tx, { orgId, leadId }: ErasedLead): Promise<void> {
  await tx.execute(sql`
    with told as materialized (
      select t.integration_id, t.position from transitions t
      where t.org_id = ${orgId} and t.error is not null
        and t.item_id = any(array(select id from sync_items where org_id = ${orgId} and lead_id = ${leadId}))
      order by t.integration_id, t.position for no key update)
    update transitions t set error = ${withoutWords(sql`t.error`)}
    from told where t.org_id = ${orgId} and t.integration_id = told.integration_id and t.position = told.position`);
  await tx.execute(sql`
    with kept as materialized (
      select item_id, item_version from push_attempts
      where org_id = ${orgId} and item_id = any(array(select id from sync_items where org_id = ${orgId} and lead_id = ${leadId}))
      order by started_at, item_id, item_version for no key update)
    update push_attempts a set exchanges = '[]', error = ${withoutWords(sql`a.error`)}
    from kept where a.org_id = ${orgId} and a.item_id = kept.item_id and a.item_version = kept.item_version`);
}

/**
 * Withdraws for good what of an erased lead waits or failed, and marks what is in flight, which is recorded as CLEARED or becomes WITHDRAWN as well.
 * The remote ids stay: without them nobody could find the records at the vendors. The items are locked.
 */
export async function eraseItems(tx: Tx, { orgId, leadId, by }: ErasedLead): Promise<void> {
  await tx.execute(sql`
    update sync_items s set erased = true, version = s.version + 1, cause = 'ERASED', caused_by = ${by},
      state = case when s.state in ('PENDING', 'FAILED') then 'WITHDRAWN' else s.state end,
      error = null, failed_value = null, refused_digest = null, written_digest = null, match_key = null, before_withdrawal = null,
      before_retry = case when s.state = 'SYNCING' then s.before_retry - 'error' end,
      retry_id = case when s.state = 'SYNCING' then s.retry_id end,
      release_epoch = case when s.state = 'SYNCING' then s.release_epoch end
    where s.org_id = ${orgId} and s.lead_id = ${leadId}`);
}

/** Forgets what people searched for when they started bulk pushes that have found all their leads: a search is a name as likely as not. */
export async function eraseSearches(tx: Tx, orgId: string, searchText: string): Promise<void> {
  await tx.execute(sql`
    update retries set selection = selection - 'search'
    where org_id = ${orgId} and not looking and selection ? 'search'
      and strpos(${searchText.toLowerCase()}, lower(selection->>'search')) > 0`);
}

/** A stored error without the words that may quote a value; the category, the vendor's code and the field stay. Null stays null. */
export const withoutWords = (error: SQL): SQL =>
  sql`${error} || jsonb_build_object('message', ${wordsOfErased}::text, 'vendorMessage', null)`;
