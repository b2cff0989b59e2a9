import DataLoader from 'dataloader';
import { type ActivityMinute, type ActivityPage, listActivity } from '../db/statements/activity.ts';
import {
  type ErrorField,
  type ErrorGroupTarget,
  type ErrorGroupTimes,
  readErrorFields,
  readErrorGroupTimes,
} from '../db/statements/error-groups.ts';
import {
  type EventCampaignRow,
  listCampaignsOfEvents,
  listCampaignsOfIntegrations,
} from '../db/statements/event-campaigns.ts';
import {
  countEvents,
  type EventFilter,
  type EventPage,
  type EventRow,
  listEventPage,
  listEvents,
  listLeadCounts,
} from '../db/statements/event-pages.ts';
import { listChangePages, listRetryPages, listTimelines, type RetryPage } from '../db/statements/history-pages.ts';
import {
  type IntegrationView,
  listIntegrations,
  listMappings,
  listRemoteFields,
} from '../db/statements/integration-views.ts';
import { countAhead, type LatestChange, listLatestChanges } from '../db/statements/item-facts.ts';
import type { ItemFilter, ItemPage } from '../db/statements/item-filter.ts';
import {
  type AttemptRow,
  type HistoryEntry,
  type HistoryPlace,
  listAttemptPages,
  listItemHistories,
} from '../db/statements/item-history.ts';
import { countItems, listItemPages } from '../db/statements/item-pages.ts';
import { type ItemView, listItems, listItemsOfLeads } from '../db/statements/item-views.ts';
import { type LeadRow, listLeads } from '../db/statements/leads.ts';
import { listAuthorizations, listRetries } from '../db/statements/live-state.ts';
import { listNotificationRules, type NotificationRuleView } from '../db/statements/notification-rules.ts';
import {
  listOperationPage,
  listOperationPages,
  listOperations,
  type OperationRow,
} from '../db/statements/operations.ts';
import { type ApiKeyView, findOrganization, listApiKeys } from '../db/statements/organization-views.ts';
import {
  type ReconciliationSnapshot,
  type ReconciliationTarget,
  readReconciliations,
} from '../db/statements/reconciliation.ts';
import { type FindingPage, type FindingRow, listFindings } from '../db/statements/verification/findings.ts';
import type { OperationKind } from '../db/tables/index.ts';
import { aheadMax } from '../domain/explanation.ts';
import type { FieldMapping, RemoteField } from '../domain/mapping.ts';
import type { Vendor } from '../domain/vendors.ts';
import type { AuthorizationRow, RetryRow } from '../sync/live/feed.ts';
import type { Services } from '../sync/services.ts';
import type { Viewer } from '../sync/viewer.ts';

export type ChangeRow = Awaited<ReturnType<typeof listChangePages>>[number];
export type LoggedTransition = Awaited<ReturnType<typeof listTimelines>>[number];

/** Null: the organization has no such thing. */
type ById<Row> = DataLoader<string, Row | null>;
/** A page of what belongs to an owner. The same page of several owners is one statement. */
type Paged<Page, Found> = DataLoader<{ ownerId: string; page: Page }, Found, string>;

/** Reads of one moment: what is asked for in one tick is one statement, and what was read is not read again. */
export interface Loaders {
  organization: ById<{ id: string; name: string }>;
  apiKey: ById<ApiKeyView>;
  integration: ById<IntegrationView>;
  /** Of these vendors, oldest first. */
  integrations: DataLoader<readonly Vendor[], IntegrationView[], string>;
  mappings: DataLoader<string, FieldMapping[]>;
  /** By integration. */
  eventCampaigns: DataLoader<string, EventCampaignRow[]>;
  eventCampaign: DataLoader<{ integrationId: string; eventId: string }, EventCampaignRow | null, string>;
  /** The vendor's fields as last read, by integration; null: never. */
  remoteFields: DataLoader<string, { fields: RemoteField[]; readAt: Date } | null>;
  event: ById<EventRow>;
  /** Captured leads of an event. */
  leadCount: DataLoader<string, number>;
  eventPage: DataLoader<EventPage, EventRow[], string>;
  eventCount: DataLoader<EventFilter, number, string>;
  lead: ById<LeadRow>;
  item: ById<ItemView>;
  itemsOfLead: DataLoader<string, ItemView[]>;
  /** By integration. */
  itemPage: Paged<ItemPage, ItemView[]>;
  /** By integration; counts no further than to 1,001. */
  itemCount: Paged<ItemFilter, number>;
  /** By item. */
  timeline: Paged<{ after: number | null; limit: number }, LoggedTransition[]>;
  /** By item. */
  history: Paged<{ after: HistoryPlace | null; limit: number }, HistoryEntry[]>;
  /** By item. */
  attemptPage: Paged<{ after: number | null; limit: number }, AttemptRow[]>;
  /** How many items are claimed before an item; counts no further than aheadMax + 1. */
  ahead: DataLoader<string, number>;
  /** By integration: the latest change of each kind that holds leads or lets them go. */
  latestChanges: DataLoader<string, LatestChange[]>;
  errorGroupTimes: DataLoader<ErrorGroupTarget, ErrorGroupTimes, string>;
  errorFields: DataLoader<ErrorGroupTarget, ErrorField[], string>;
  /** By integration. */
  changePage: Paged<{ after: string | null; limit: number }, ChangeRow[]>;
  authorization: ById<AuthorizationRow>;
  retry: ById<RetryRow>;
  /** By integration. */
  retryPage: Paged<RetryPage, RetryRow[]>;
  notificationRule: ById<NotificationRuleView>;
  /** By integration. */
  activity: Paged<ActivityPage, ActivityMinute[]>;
  verification: ById<OperationRow>;
  verificationPage: DataLoader<VerificationPage, OperationRow[], string>;
  findingPage: DataLoader<FindingPage & { verificationId: string }, FindingRow[], string>;
  backfill: ById<OperationRow>;
  /** By integration. */
  backfillPage: Paged<{ after: string | null; limit: number }, OperationRow[]>;
  reconciliation: DataLoader<ReconciliationTarget, ReconciliationSnapshot | null, string>;
}

/** Null: of all integrations, those of the organization as a whole included. */
interface VerificationPage {
  integrationId: string | null;
  after: string | null;
  limit: number;
}

/** Changes that hold leads, or let them go. */
const latestChangeKinds = [
  'SYNC_MODE_CHANGED',
  'DISABLED',
  'ENABLED',
  'CONNECTED',
  'DISCONNECTED',
  'AUTHORIZATION_LOST',
  'PERMISSION_LOST',
  'ENDPOINT_GONE',
  'MAPPING_CHANGED',
] as const;
export type LatestChangeKind = (typeof latestChangeKinds)[number];

/** A list says how long it is up to here. */
export const countedMax = 1_000;
/** Most keys of one statement. */
const maxBatchSize = 5_000;

/** Loaders of the viewer's organization: nothing of another one can be reached through them. */
export function createLoaders({ db }: Pick<Services, 'db'>, { orgId }: Pick<Viewer, 'orgId'>): Loaders {
  const idOf = (row: { id: string }) => row.id;
  const integrationOf = (row: { integrationId: string }) => row.integrationId;
  const integration = byId((ids) => listIntegrations(db, orgId, { ids }), idOf);
  const operationsOf = async (kind: OperationKind, ids: readonly string[]) => {
    const rows = await listOperations(
      db,
      ids.map((operationId) => ({ orgId, operationId })),
    );
    return rows.filter((row) => row.kind === kind);
  };
  return {
    organization: byId(async (ids) => (ids.includes(orgId) ? toList(await findOrganization(db, orgId)) : []), idOf),
    apiKey: byId((ids) => listApiKeys(db, orgId, ids), idOf),
    integration,
    integrations: each(async (vendors) => {
      const rows = await listIntegrations(db, orgId, { vendors });
      for (const row of rows) integration.prime(row.id, row);
      return rows;
    }),
    mappings: byKey((ids) => listMappings(db, orgId, ids), []),
    eventCampaigns: byKey((ids) => listCampaignsOfIntegrations(db, orgId, ids), []),
    eventCampaign: new DataLoader<{ integrationId: string; eventId: string }, EventCampaignRow | null, string>(
      async (targets) => {
        const found = new Map((await listCampaignsOfEvents(db, orgId, targets)).map((one) => [keyOfTarget(one), one]));
        return targets.map((target) => found.get(keyOfTarget(target)) ?? null);
      },
      { cacheKeyFn: keyOfTarget, maxBatchSize },
    ),
    remoteFields: byKey<{ fields: RemoteField[]; readAt: Date } | null>(
      (ids) => listRemoteFields(db, orgId, ids),
      null,
    ),
    event: byId((ids) => listEvents(db, orgId, ids), idOf),
    leadCount: byKey((ids) => listLeadCounts(db, orgId, ids), 0),
    eventPage: each((page) => listEventPage(db, orgId, page)),
    eventCount: each((filter) => countEvents(db, orgId, filter)),
    lead: byId((ids) => listLeads(db, orgId, ids), idOf),
    item: byId((ids) => listItems(db, orgId, ids), idOf),
    itemsOfLead: byKey(async (ids) => Map.groupBy(await listItemsOfLeads(db, orgId, ids), (item) => item.leadId), []),
    itemPage: paged(async (ids, page) => Map.groupBy(await listItemPages(db, orgId, ids, page), integrationOf), []),
    itemCount: paged((ids, filter) => countItems(db, orgId, ids, filter, countedMax), 0),
    timeline: paged(
      async (ids, page) => Map.groupBy(await listTimelines(db, orgId, ids, page), ({ row }) => row.itemId),
      [],
    ),
    history: paged((ids, page) => listItemHistories(db, orgId, ids, page), []),
    attemptPage: paged(
      async (ids, page) => Map.groupBy(await listAttemptPages(db, orgId, ids, page), (row) => row.itemId),
      [],
    ),
    ahead: byKey((ids) => countAhead(db, orgId, ids, aheadMax), 0),
    latestChanges: byKey((ids) => listLatestChanges(db, orgId, ids, latestChangeKinds), []),
    errorGroupTimes: new DataLoader((targets) => readErrorGroupTimes(db, orgId, targets), {
      cacheKeyFn: keyOfGroup,
      maxBatchSize,
    }),
    errorFields: new DataLoader((targets) => readErrorFields(db, orgId, targets), {
      cacheKeyFn: keyOfGroup,
      maxBatchSize,
    }),
    changePage: paged(async (ids, page) => Map.groupBy(await listChangePages(db, orgId, ids, page), integrationOf), []),
    authorization: byId(async (ids) => (await listAuthorizations(db, ids)).filter((row) => row.orgId === orgId), idOf),
    retry: byId(
      (ids) =>
        listRetries(
          db,
          ids.map((retryId) => ({ orgId, retryId })),
        ),
      idOf,
    ),
    retryPage: paged(async (ids, page) => Map.groupBy(await listRetryPages(db, orgId, ids, page), integrationOf), []),
    notificationRule: byId((ids) => listNotificationRules(db, orgId, ids), idOf),
    activity: paged(async (ids, page) => Map.groupBy(await listActivity(db, orgId, ids, page), integrationOf), []),
    verification: byId((ids) => operationsOf('VERIFICATION', ids), idOf),
    verificationPage: each((page) => listOperationPage(db, orgId, 'VERIFICATION', page)),
    findingPage: each(({ verificationId, ...page }) => listFindings(db, orgId, verificationId, page)),
    backfill: byId((ids) => operationsOf('BACKFILL', ids), idOf),
    backfillPage: paged(
      async (ids, page) =>
        Map.groupBy(await listOperationPages(db, orgId, 'BACKFILL', ids, page), (row) => row.integrationId ?? ''),
      [],
    ),
    reconciliation: new DataLoader(
      async (targets) => {
        const found = new Map((await readReconciliations(db, orgId, targets)).map((one) => [keyOfTarget(one), one]));
        return targets.map((target) => found.get(keyOfTarget(target)) ?? null);
      },
      { cacheKeyFn: (target) => `${keyOfTarget(target)}/${target.withEvents === true}`, maxBatchSize },
    ),
  };
}

/**
 * Loaders for the transitions of one batch: whatever the first of them needs is read for all of them in one statement. Made after the batch was
 * read, so that what they give is never older than the transition that it is shown with.
 */
export function createBatchLoaders(
  services: Pick<Services, 'db'>,
  viewer: Pick<Viewer, 'orgId'>,
  rows: readonly { itemId: string; leadId: string }[],
): Loaders {
  const loaders = createLoaders(services, viewer);
  loadTogether(
    loaders.item,
    rows.map((row) => row.itemId),
  );
  loadTogether(
    loaders.lead,
    rows.map((row) => row.leadId),
  );
  return loaders;
}

/** The first load asks for all of these. */
function loadTogether<Row>(loader: ById<Row>, ids: readonly string[]): void {
  const load = loader.load.bind(loader);
  loader.load = (id) => {
    loader.load = load;
    const wanted = load(id);
    for (const other of ids) load(other).catch(() => {}); // whoever asks for it gets the error
    return wanted;
  };
}

/** Something that another row refers to. Throws where it is missing, which the database rules out. */
export async function getLoaded<Row>(loader: ById<Row>, id: string): Promise<Row> {
  const row = await loader.load(id);
  if (row === null) throw new Error(`${id} is referred to and does not exist`);
  return row;
}

function byId<Row>(list: (ids: readonly string[]) => Promise<Row[]>, idOf: (row: Row) => string): ById<Row> {
  return byKey<Row | null>(async (ids) => new Map((await list(ids)).map((row) => [idOf(row), row])), null);
}

function byKey<Value>(
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  absent: Value,
): DataLoader<string, Value> {
  return new DataLoader(
    async (ids) => {
      const found = await read(ids);
      return ids.map((id) => found.get(id) ?? absent);
    },
    { maxBatchSize },
  );
}

/** Equal keys are read once, different ones each by itself. */
function each<Key, Value>(read: (key: Key) => Promise<Value>): DataLoader<Key, Value, string> {
  return new DataLoader((keys) => Promise.all(keys.map(read)), { cacheKeyFn: (key) => JSON.stringify(key) });
}

function paged<Page, Found>(
  read: (ownerIds: readonly string[], page: Page) => Promise<ReadonlyMap<string, Found>>,
  absent: Found,
): Paged<Page, Found> {
  return new DataLoader(
    async (keys) => {
      const pages = Map.groupBy(keys, (key) => JSON.stringify(key.page));
      const found = new Map<string, ReadonlyMap<string, Found>>();
      await Promise.all(
        [...pages].map(async ([name, [first, ...others]]) => {
          if (!first) return;
          const ownerIds = [first, ...others].map((key) => key.ownerId);
          found.set(name, await read(ownerIds, first.page));
        }),
      );
      return keys.map((key) => found.get(JSON.stringify(key.page))?.get(key.ownerId) ?? absent);
    },
    { cacheKeyFn: (key) => JSON.stringify(key), maxBatchSize },
  );
}

const toList = <Row>(row: Row | null): Row[] => (row === null ? [] : [row]);
const keyOfTarget = (target: { integrationId: string; eventId: string | null }): string =>
  `${target.integrationId}/${target.eventId ?? ''}`;
const keyOfGroup = ({ integrationId, eventId, category }: ErrorGroupTarget): string =>
  `${integrationId}/${eventId ?? ''}/${category}`;
