import { describe, expect, test } from 'vitest';
import type { PushRecord } from '../../src/sync/connectors/connector.ts';
import { outcomesOf, type SuiteTools } from './stand.ts';

/** What every connector promises of memberships, where it has any: the record and its membership are one lead's way, and neither is lost. */
export function campaignSuite<Input, Credentials>({
  connector,
  given,
  recordsOf,
}: SuiteTools<Input, Credentials>): void {
  const { campaigns } = connector;
  if (!campaigns) return;
  const count = Math.min(connector.limits.batchMax, 3);
  const start = async () => {
    const { stand, ...rest } = await given();
    const { campaign } = stand;
    if (!campaign) throw new Error('the stand has no campaign');
    const membership = { campaignId: campaign.id, memberStatus: campaign.memberStatus };
    const batch = recordsOf(count, 'member').map((record) => ({ ...record, campaign: membership }));
    const expected = Object.fromEntries(batch.map(({ lead }) => [lead.email, campaign.memberStatus]));
    return { stand, campaign, batch, expected, ...rest };
  };
  /** The records as the engine hands them over again, when their first step was done. */
  const again = (batch: PushRecord[], written: readonly { itemId: string; remoteId: string }[]) =>
    batch.map((record) => {
      const remoteId = written.find(({ itemId }) => itemId === record.itemId)?.remoteId ?? null;
      return { ...record, remoteId, written: remoteId !== null };
    });

  /** Written, and no member yet: in the request that ended the push, or behind it where each has a request of its own. */
  const stillToJoin = {
    kind: expect.stringMatching(/^(interrupted|unsent)$/),
    written: { remoteId: expect.any(String) },
  };

  describe('campaigns', () => {
    test('are found by name and by id; what is not there is null', async () => {
      const { campaign, session } = await start();
      const { id, name, memberStatus } = campaign;
      const listed = await campaigns.list(name.slice(1, -1).toUpperCase(), session);
      expect(listed).toMatchObject({ kind: 'campaigns', campaigns: [{ id, name }] });
      const found = await campaigns.find(id, session);
      expect(found).toMatchObject({ kind: 'campaign', campaign: { id, name } });
      if (found.kind === 'campaign' && memberStatus) expect(found.campaign?.memberStatuses).toContain(memberStatus);
      expect(await campaigns.list('no campaign has this name', session)).toEqual({ kind: 'campaigns', campaigns: [] });
      expect(await campaigns.find(`${id}999`, session)).toEqual({ kind: 'campaign', campaign: null });
      expect(await campaigns.find('no such id', session)).toEqual({ kind: 'campaign', campaign: null });
      campaign.remove();
      expect(await campaigns.find(id, session)).toEqual({ kind: 'campaign', campaign: null });
    });

    test('of a vendor that is gone are unavailable', async () => {
      const { stand, campaign, session } = await start();
      await stand.close();
      const unavailable = { kind: 'unavailable', message: expect.any(String) };
      expect(await campaigns.list(null, session)).toEqual(unavailable);
      expect(await campaigns.find(campaign.id, session)).toEqual(unavailable);
    });

    test('have every record as a member once it is cleared, and a repeated push changes nothing', async () => {
      const { campaign, batch, expected, session, bench } = await start();
      for (let round = 0; round < 2; round++) {
        const answer = await connector.push(batch, session);
        expect(answer).not.toHaveProperty('interruption');
        expect(outcomesOf(answer).map(({ kind }) => kind)).toEqual(batch.map(() => 'cleared'));
        expect(campaign.members()).toEqual(expected);
      }
      for (const { itemId } of batch) {
        expect(bench.exchanges.filter((exchange) => exchange.itemId === itemId).length).toBeGreaterThanOrEqual(2);
      }
    });

    test('throttle a membership without losing the record, and the next push makes the membership alone', async () => {
      const { campaign, batch, expected, session, bench } = await start();
      campaign.throttle();
      const answer = await connector.push(batch, session);
      expect(answer).toMatchObject({ kind: 'answered', interruption: { kind: 'throttled' } });
      const outcomes = outcomesOf(answer);
      expect(outcomes).toEqual(batch.map(() => stillToJoin));
      expect(bench.written.map(({ itemId }) => itemId)).toEqual(batch.map(({ itemId }) => itemId));
      expect(campaign.members()).toEqual({});

      const writes = campaign.writes();
      const next = await connector.push(again(batch, bench.written), session);
      expect(outcomesOf(next)).toEqual(bench.written.map(({ remoteId }) => ({ kind: 'cleared', remoteId })));
      expect(campaign.members()).toEqual(expected);
      expect(campaign.writes()).toBe(writes);
    });

    test('may lose the answer to a membership: the record is kept, and repeated it is a member once', async () => {
      const { stand, campaign, batch, expected, session, bench } = await start();
      campaign.hang(true);
      const pushing = connector.push(batch, session);
      await stand.untilHanging();
      bench.timeOut();
      expect(await pushing).toMatchObject({
        kind: 'answered',
        outcomes: batch.map(() => stillToJoin),
        interruption: { kind: 'unavailable', whole: false, error: { category: 'TIMEOUT' } },
      });
      expect(outcomesOf(await connector.push(again(batch, bench.written), session)).map(({ kind }) => kind)).toEqual(
        batch.map(() => 'cleared'),
      );
      expect(campaign.members()).toEqual(expected);
    });

    test('are not asked when there is no time left, and the record is kept', async () => {
      const { campaign, batch, stand, bench } = await start();
      const before = campaign.writes();
      const timeLeftMs = () => (campaign.writes() > before ? 0 : 60_000);
      const answer = await connector.push(batch, bench.session(stand.credentials, { timeLeftMs }));
      expect(answer).toMatchObject({
        kind: 'answered',
        outcomes: batch.map(() => stillToJoin),
        interruption: { kind: 'unsent' },
      });
      expect(campaign.members()).toEqual({});
    });

    test('that are gone fail the record as CAMPAIGN_NOT_FOUND, which the vendor has all the same', async () => {
      const { stand, campaign, batch, session } = await start();
      campaign.remove();
      const answer = await connector.push(batch, session);
      expect(outcomesOf(answer)).toMatchObject(
        batch.map(() => ({
          kind: 'failed',
          error: { category: 'CAMPAIGN_NOT_FOUND' },
          written: { remoteId: expect.any(String) },
        })),
      );
      expect(stand.stored()).toEqual(batch.map(({ lead }) => lead.email));
    });

    test('no longer wanted, a written record is cleared without a request', async () => {
      const { stand, batch, session, bench } = await start();
      await connector.push(batch, session);
      const before = stand.requests();
      const written = again(batch, bench.written).map((record) => ({ ...record, campaign: null }));
      expect(outcomesOf(await connector.push(written, session)).map(({ kind }) => kind)).toEqual(
        batch.map(() => 'cleared'),
      );
      expect(stand.requests()).toBe(before);
    });
  });
}
