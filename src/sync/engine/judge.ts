import type { Settlement } from '../../db/statements/settle.ts';
import { writeVendorFlow } from '../../db/statements/vendor-flow.ts';
import type { SyncErrorData } from '../../domain/error-categories.ts';
import { loseAuthorization, losePermission } from '../close-connection.ts';
import type { PushAnswer, Stopped, WrittenRecord } from '../connectors/connector.ts';
import type { Prepared } from './prepare.ts';
import type { PushContext } from './push-context.ts';
import { divide, failed, halve, interrupted, settleOutcomes, spends, unsent, waits, withWritten } from './verdict.ts';

export interface Judgement {
  settlements: Settlement[];
  /** Ids of items that are to be pushed by themselves, group by group. */
  halves: string[][];
}

/** Turns the vendor's answer into what to record, and does what follows for the integration as a whole. */
export async function judge(
  context: PushContext,
  connectionEpoch: number,
  sent: readonly Prepared[],
  answer: PushAnswer,
  startedAt: number,
): Promise<Judgement> {
  const { vendor, engine } = context;
  const items = sent.map(({ item }) => item);
  const ids = items.map((item) => item.id);
  const random = () => engine.services.random();
  const all = (settlements: Settlement[]): Judgement => ({ settlements, halves: [] });
  const wait = (error: SyncErrorData | null) => all(items.map((item) => waits(item, error)));
  switch (answer.kind) {
    case 'answered': {
      const settlements = settleOutcomes(items, answer, random);
      if (answer.interruption) {
        const later = await judgeInterruption(context, connectionEpoch, sent, answer, answer.interruption, startedAt);
        return { settlements: [...settlements, ...later.settlements], halves: later.halves };
      }
      if (vendor.succeeded(ids)) await publishVendorFlow(context);
      return all(settlements);
    }
    case 'refused': {
      if (vendor.succeeded(ids)) await publishVendorFlow(context);
      const { guilty, halves } = divide(
        items,
        sent.map(({ record }) => record),
        answer.error,
      );
      return {
        settlements: items.map((item) => (guilty.includes(item) ? failed(item, answer.error) : waits(item, null))),
        halves: halves.map((half) => half.map((item) => item.id)),
      };
    }
    case 'throttled':
      vendor.waitFor('THROTTLED', answer.retryAfterMs);
      await publishVendorFlow(context);
      return wait(answer.error);
    case 'quota':
      vendor.waitFor('QUOTA_EXHAUSTED', answer.resetsAt.getTime() - engine.services.now().getTime());
      await publishVendorFlow(context);
      return wait(answer.error);
    case 'unavailable': {
      if (engine.abort.aborted) return all(items.map(interrupted));
      const { error, whole, unreached = false, retryAfterMs } = answer;
      const blame = vendor.failed({ leads: items, whole, unreached, retryAfterMs, startedAt });
      if (blame.whose === 'vendor') {
        await publishVendorFlow(context);
        return all(items.map((item) => waits(item, error, blame.dueInMs)));
      }
      if (items.length === 1) return all(items.map((item) => spends(item, error, retryAfterMs, random())));
      const halves = halve(ids); // one of them may be to blame: asked apart, until it is alone
      return { settlements: items.map((item) => waits(item, error)), halves };
    }
    case 'unauthorized':
      await loseAuthorization(engine.services, context.job, connectionEpoch, answer.error);
      return wait(answer.error);
    case 'hold':
      await losePermission(engine.services, context.job, connectionEpoch, answer.hold, answer.error);
      return wait(answer.error);
    case 'unsent':
      return all(items.map(unsent));
  }
}

/** What a later request met is judged like an answer to the records that it concerned, with what is at the vendor already kept. */
async function judgeInterruption(
  context: PushContext,
  connectionEpoch: number,
  sent: readonly Prepared[],
  { outcomes }: Extract<PushAnswer, { kind: 'answered' }>,
  interruption: Stopped,
  startedAt: number,
): Promise<Judgement> {
  const written = new Map<string, WrittenRecord>();
  const concerned = sent.filter(({ item }, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind === 'interrupted' && outcome.written) written.set(item.id, outcome.written);
    return outcome?.kind === 'interrupted';
  });
  const { settlements, halves } = await judge(context, connectionEpoch, concerned, interruption, startedAt);
  return {
    settlements: settlements.map((settlement) => {
      const record = written.get(settlement.id);
      return record ? withWritten(settlement, record) : settlement;
    }),
    halves,
  };
}

/** Stores what the vendor makes us wait for. */
async function publishVendorFlow(context: PushContext): Promise<void> {
  const { orgId, integrationId } = context.job;
  await writeVendorFlow(context.engine.services.db, orgId, integrationId, context.vendor.snapshot());
}
