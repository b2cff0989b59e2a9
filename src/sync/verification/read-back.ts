import { findVendorFlow } from '../../db/statements/vendor-flow.ts';
import { type ClearedItem, listCleared, stillCleared } from '../../db/statements/verification/cleared-items.ts';
import type { Finding } from '../../domain/verification.ts';
import { type Connection, openConnection } from '../connection.ts';
import type { ConnectorLimits, LearntLimits, LookupAnswer, PushRecord } from '../connectors/connector.ts';
import { pacedHttp } from '../engine/paced-http.ts';
import { Pacer } from '../engine/pacing.ts';
import { msUntilCallsAreLeft, noteDailyCalls } from './daily-calls.ts';
import type { Checked, PageToCheck } from './page.ts';
import type { ReadBack } from './verification.ts';

/** Of the calls that pushes may make, the read-back makes so many more: what connectors leave of an account's limit has room for it. */
const share = 1 / 4;
/** A read-back waits no longer than this at a time before it looks again whether the vendor can be asked. */
const waitMsMax = 60_000;
/** Longest wait for one answer. */
const requestMs = 30_000;
/** Waits after an answer that could not be used; after the last one the read-back of the integration is given up. */
const retryDelaysMs = [1_000, 5_000, 30_000, 120_000];

/** By integration: the look-ups of the last window. Several verifications in this process keep to them together. */
const pacers = new Map<string, Pacer>();
/** By integration: access tokens live longer than a step. */
const connections = new Map<string, Connection>();

const none: ReadBack = { state: 'CHECKED', checked: 0, missing: 0, unknown: 0, problem: null };

/**
 * Asks the vendor for a page of what is CLEARED, by the ids that the vendor gave (by match key where it gives none), at a quarter of the rate of pushes, and not while the vendor
 * makes pushes wait or what is left of its calls of the day is kept for live leads. What was written so recently that it can't be read yet is
 * asked for again. Writes nothing there. Names what the vendor does not have and is still CLEARED as that record when the page is recorded.
 */
export async function readBackPage(page: PageToCheck): Promise<Checked> {
  const { services, orgId, integration } = page;
  const { integrationId } = integration;
  const readBack = integration.readBack ?? none;
  const ended = (state: ReadBack['state'], problem: string | null): Checked => {
    connections.delete(integrationId);
    return {
      findings: [],
      done: 0,
      integration: { ...integration, readBack: { ...readBack, state, problem } },
      next: null,
    };
  };
  const wait = (waitMs: number, failures = page.failures): Checked => ({
    findings: [],
    done: 0,
    next: page.after ?? {}, // {}: from the start
    waitMs: Math.min(waitMs, waitMsMax),
    failures,
  });

  const connection = await connectionOf(page);
  if (!connection) {
    return ended(
      'NOT_CONNECTED',
      'It is not connected, or SECRET_KEYS does not name the key that encrypted its credentials.',
    );
  }
  const { connector, integration: connected } = connection;
  if (!connector.lookup) return ended('NOT_SUPPORTED', 'This vendor can not be asked for records.');
  const { resumesInMs } = await findVendorFlow(services.db, orgId, integrationId);
  if (resumesInMs > 0) return wait(resumesInMs);
  const keptMs = await msUntilCallsAreLeft(services.db, orgId, integrationId);
  if (keptMs > 0) return wait(keptMs);
  const pacer = pacerOf(integrationId, connector.limits);
  const slotInMs = pacer.waitMs();
  if (slotInMs > 0) return wait(slotInMs);

  const after = placeOf(page.after);
  const items = await listCleared(services.db, orgId, integrationId, after, connector.limits.batchMax);
  const keyOf = (item: ClearedItem) => (connector.tellsNoIds ? item.match_key : item.remote_id);
  const asked = items.filter((item) => keyOf(item) !== null && item.account_generation === connected.accountGeneration);
  let answer: LookupAnswer = { kind: 'found', records: [] };
  if (asked.length > 0) {
    pacer.take();
    const { http } = pacedHttp(connection.session.http, pacer, { timeLeftMs: () => requestMs, signal: page.signal });
    let daily: LearntLimits['daily'];
    const learned = (limits: LearntLimits) => {
      daily = limits.daily ?? daily;
    };
    answer = await connector.lookup(
      asked.map((item) => recordOf(item, connector)),
      [],
      { ...connection.session, http, learned },
    );
    page.signal.throwIfAborted(); // what was cut off is no answer of the vendor
    if (daily) await noteDailyCalls(services.db, orgId, integrationId, daily, services.now().getTime());
  }
  if (answer.kind === 'unavailable') {
    connections.delete(integrationId);
    const delayMs = retryDelaysMs[page.failures];
    return delayMs === undefined ? ended('INTERRUPTED', answer.message) : wait(delayMs, page.failures + 1);
  }
  const { records } = answer;
  const missing = asked.filter((_, index) => records[index] === null);
  const unreadableMs = Math.max(0, ...missing.map((item) => (connector.readLagMs ?? 0) - item.cleared_ms_ago));
  if (unreadableMs > 0) return wait(unreadableMs); // just written: what is read may be of before
  const last = items.length === connector.limits.batchMax ? items.at(-1) : undefined;
  const checked: Checked = {
    findings: missing.map((item) => findingOf(integrationId, connected.vendor, item)),
    done: items.length,
    integration: {
      ...integration,
      readBack: {
        ...readBack,
        checked: readBack.checked + asked.length,
        missing: readBack.missing + missing.length,
        unknown: readBack.unknown + items.length - asked.length,
      },
    },
    next: last ? { capturedAt: last.captured_at.toISOString(), id: last.id } : null,
  };
  checked.confirm = async (tx, findings) => {
    const still = await stillCleared(tx, orgId, missing);
    const confirmed = findings.filter(({ itemId }) => itemId !== null && still.has(itemId));
    const counted = checked.integration?.readBack;
    if (counted) counted.missing -= findings.length - confirmed.length;
    return confirmed;
  };
  return checked;
}

async function connectionOf({ services, orgId, integration, after }: PageToCheck): Promise<Connection | null> {
  const { integrationId } = integration;
  const known = after === null ? undefined : connections.get(integrationId);
  const connection = known ?? (await openConnection(services, services.db, orgId, integrationId));
  if (connection) connections.set(integrationId, connection);
  return connection;
}

function pacerOf(integrationId: string, limits: ConnectorLimits): Pacer {
  const pacer = pacers.get(integrationId) ?? Pacer.ofShare(share, limits, () => performance.now());
  pacers.set(integrationId, pacer);
  return pacer;
}

const placeOf = (after: unknown): { capturedAt: string; id: string } | null => {
  const place = after as Partial<{ capturedAt: string; id: string }> | null;
  return place?.capturedAt && place.id ? { capturedAt: place.capturedAt, id: place.id } : null;
};

/** Known by its id alone: a record of the same person under another id is not the one that was cleared. By its match key where there are no ids. */
function recordOf(item: ClearedItem, { tellsNoIds, matchField }: Connection['connector']): PushRecord {
  return {
    itemId: item.id,
    values: tellsNoIds && matchField !== null && item.match_key !== null ? { [matchField]: item.match_key } : {},
    fields: new Map(),
    writeIfBlank: [],
    mapped: true,
    lead: {
      id: item.lead_id,
      externalId: null,
      firstName: null,
      lastName: null,
      email: null,
      company: null,
      jobTitle: null,
      phone: null,
      qualifiers: [],
      attributes: [],
      capturedAt: item.captured_at,
      revision: item.revision,
    },
    event: { id: item.event_id, name: '' },
    remoteId: item.remote_id,
    campaign: null,
    written: false,
  };
}

function findingOf(integrationId: string, vendor: string, item: ClearedItem): Finding {
  return {
    kind: 'MISSING_AT_VENDOR',
    message:
      item.remote_id === null
        ? `CLEARED, and ${vendor} has nobody with its match key any more.`
        : `CLEARED as the record ${item.remote_id}, which ${vendor} does not have any more.`,
    integrationId,
    eventId: item.event_id,
    itemId: item.id,
    position: null,
  };
}
