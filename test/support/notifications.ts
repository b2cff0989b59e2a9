import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, onTestFinished } from 'vitest';
import { type Database, setClockOffset } from '../../src/db/client.ts';
import { readClock } from '../../src/db/statements/notification-news.ts';
import { findNotificationRule, type NotificationRuleRow } from '../../src/db/statements/notification-rules.ts';
import { notificationRules } from '../../src/db/tables/index.ts';
import { createHttpClient } from '../../src/sync/connectors/http/client.ts';
import { type CreateNotificationRule, createNotificationRule } from '../../src/sync/notifications/rules.ts';
import { tellNews } from '../../src/sync/notifications/tell-news.ts';
import type { Services } from '../../src/sync/services.ts';
import { createDatabase } from './database.ts';
import { createServices, Tenant } from './factory.ts';
import { type SlackReceiver, startSlackReceiver } from './message-receivers.ts';

/** Enough connections for several processes at once, all with the same clock. */
const connectionsMax = 8;

/** Processes that tell news on one database, of which a test runs each round by hand and sets the clock. */
export interface NewsWorld {
  services: Services;
  /** What was logged, as one text. */
  logged(): string;
  /** One round of one process, to its end. */
  round(services?: Services): Promise<void>;
  now(): Promise<Date>;
  forward(seconds: number): Promise<void>;
  /** Moves the clock to the second behind an instant. */
  forwardTo(instant: Date | null): Promise<void>;
  given(rule?: Partial<CreateNotificationRule>): Promise<Given>;
}

export interface Given {
  tenant: Tenant;
  /** Of Marketo, in AUTOMATIC. */
  integrationId: string;
  eventId: string;
  ruleId: string;
  slack: SlackReceiver;
  rule(): Promise<NotificationRuleRow>;
  /** So many new leads that fail. Returns their items. */
  fail(count: number, category?: Parameters<Tenant['fail']>[1], where?: Where): Promise<string[]>;
  /** Leads that failed are retried and get there. */
  retryAndClear(itemIds: readonly string[]): Promise<void>;
}

interface Where {
  integrationId?: string;
  eventId?: string;
}

/** Call it at the top of a test file. */
export async function startNewsWorld(): Promise<NewsWorld> {
  const testDatabase = await createDatabase();
  const database: Database = testDatabase.open({ connectionsMax });
  const lines: string[] = [];
  const http = createHttpClient({ allowPrivateNetworks: true });
  afterAll(() => http.close());
  const services: Services = {
    ...(await createServices(database)),
    http,
    log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
  };
  let offset = 0;
  const setOffset = async (seconds: number) => {
    offset = seconds;
    await setClockOffset(database, offset);
  };
  const now = () => readClock(services.db);
  const world: NewsWorld = {
    services,
    logged: () => lines.join(''),
    round: (process = services) =>
      tellNews(
        process,
        { publicUrl: () => 'https://sluice.example', abort: new AbortController().signal },
        () => false,
      ),
    now,
    forward: (seconds) => setOffset(offset + seconds),
    async forwardTo(instant) {
      if (!instant) throw new Error('there is no such instant');
      await setOffset(offset + Math.ceil((instant.getTime() - (await now()).getTime()) / 1_000) + 1);
    },
    async given(more = {}) {
      const tenant = await Tenant.create(services);
      const integrationId = await tenant.createIntegration('MARKETO');
      const eventId = await tenant.createEvent({ name: 'Spring Expo' });
      const slack = await startSlackReceiver();
      const ruleId = await createNotificationRule(services, tenant.viewer(), {
        name: 'Field ops',
        active: true,
        triggers: ['SYNC_ERRORS', 'AUTHORIZATION_LOST', 'FROZEN_AFTER_EVENT'],
        integrationId: null,
        eventId: null,
        cadence: 'IMMEDIATE',
        timeZone: 'Europe/Berlin',
        channel: { webhook: { url: slack.url } },
        ...more,
      });
      onTestFinished(async () => {
        await services.db.delete(notificationRules).where(sql`org_id = ${tenant.orgId}`);
      });
      return {
        tenant,
        integrationId,
        eventId,
        ruleId,
        slack,
        async rule() {
          const found = await findNotificationRule(services.db, tenant.orgId, ruleId);
          if (!found) throw new Error('the rule is gone');
          return found;
        },
        async fail(count, category = 'DATA_VALUE_VALIDATION', where = {}) {
          const target = { integrationId, eventId, ...where };
          const leadIds = new Set(await tenant.captureLeads(target.eventId, count, { email: 'ada@private.example' }));
          const items = await tenant.listItems(target.integrationId);
          const ids = items.filter(({ leadId }) => leadIds.has(leadId)).map(({ id }) => id);
          await tenant.claim(ids);
          await tenant.fail(ids, category);
          return ids;
        },
        async retryAndClear(itemIds) {
          await tenant.move(itemIds, { state: 'PENDING', cause: 'RETRIED' });
          await tenant.claim(itemIds);
          await tenant.clear(itemIds);
        },
      };
    },
  };
  return world;
}
