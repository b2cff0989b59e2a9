import { describe, expect, test } from 'vitest';
import type { PushAnswer, PushRecord } from '../../src/sync/connectors/connector.ts';
import type { HttpClient } from '../../src/sync/connectors/http/client.ts';
import type { HttpResult } from '../../src/sync/connectors/http/message.ts';
import type { SuiteTools } from './stand.ts';

/** What becomes of a request. `lost`: the vendor has done what it was asked, and its answer does not come. `revoked`: those after it too. */
type Cut = 'unreachable' | 'throttled' | 'lost' | 'revoked';

/**
 * What every connector promises of a push that ends at any of its requests, the look-up and the sign-in as well as the second write and the
 * membership: nobody fails or spends an attempt, what was written is not written twice, and the next push does what is missing.
 */
export function interruptionSuite<Input, Credentials>(
  { connector, fields, given, recordOf }: SuiteTools<Input, Credentials>,
  signsIn: boolean,
): void {
  const batchesOf = (records: PushRecord[]) =>
    Array.from({ length: Math.ceil(records.length / connector.limits.batchMax) }, (_, index) =>
      records.slice(index * connector.limits.batchMax, (index + 1) * connector.limits.batchMax),
    );

  /** People that the vendor has by id and people that it has not, with all that a push can have to do. */
  async function start() {
    const { stand, bench, session } = await given();
    const known = recordOf('known@example.test');
    const first = await connector.push([known], session);
    const remoteId =
      first.kind === 'answered' && first.outcomes[0]?.kind === 'cleared' ? first.outcomes[0].remoteId : null;
    const writeIfBlank = connector.canWriteIfBlank ? [fields.firstName] : [];
    const { campaign } = stand;
    const membership = campaign && { campaignId: campaign.id, memberStatus: campaign.memberStatus };
    const records = [
      { ...known, remoteId, campaign: membership }, // often in a call of its own, before the others
      recordOf('new@example.test'),
      recordOf('blank@example.test', { writeIfBlank }),
      recordOf('member@example.test', { campaign: membership }),
      recordOf('other@example.test', { writeIfBlank, campaign: membership }),
    ];
    const members = records.flatMap((record) => (record.campaign ? [record.lead.email] : []));
    return { stand, bench, records, members };
  }

  test.for<Cut>(['unreachable', 'throttled', 'lost', ...(signsIn ? (['revoked'] as const) : [])])(
    'a push whose n-th request is %s fails nobody, whichever it is, and the next push ends it',
    async (cut) => {
      let struck = true;
      for (let nth = 1; struck; nth++) {
        const { stand, bench, records, members } = await start();
        bench.written.length = 0;
        const { http, wasStruck } = cutAt(bench.http, nth, cut);
        const missing: PushRecord[] = [];
        for (const batch of batchesOf(records)) {
          const answer = await connector.push(batch, bench.session(stand.credentials, { http }));
          missing.push(...batch.flatMap((record, index) => nextOf(record, answer, index)));
        }
        struck = wasStruck();
        if (!struck) expect(missing).toEqual([]);
        for (const batch of batchesOf(missing)) {
          const answer = await connector.push(batch, bench.session(stand.credentials));
          expect(answer.kind === 'answered' && answer.outcomes.map(({ kind }) => kind)).toEqual(
            batch.map(() => 'cleared'),
          );
        }
        expect(stand.stored().toSorted(), `after request ${nth}`).toEqual(
          records.map(({ lead }) => lead.email).toSorted(),
        );
        if (stand.campaign) expect(Object.keys(stand.campaign.members()).toSorted()).toEqual(members.toSorted());
        await stand.close();
      }
    },
  );

  describe('a push whose second request is throttled', () => {
    test('is judged by that, and says who was in it', async () => {
      const { stand, bench, records } = await start();
      for (const batch of batchesOf(records)) {
        const { http } = cutAt(bench.http, 2, 'throttled');
        const answer = await connector.push(batch, bench.session(stand.credentials, { http }));
        if (answer.kind !== 'answered') continue;
        const left = answer.outcomes.filter(({ kind }) => kind !== 'cleared');
        if (left.length > 0) expect(answer.interruption).toMatchObject({ kind: 'throttled' });
      }
    });
  });
}

/** The record as the engine hands it over next; nothing where it is cleared. */
function nextOf(record: PushRecord, answer: PushAnswer, index: number): PushRecord[] {
  if (answer.kind !== 'answered') {
    expect(['throttled', 'unavailable', 'unauthorized', 'unsent']).toContain(answer.kind);
    return [record];
  }
  const outcome = answer.outcomes[index];
  expect(['cleared', 'interrupted', 'unsent']).toContain(outcome?.kind);
  if (outcome?.kind === 'cleared') return [];
  const written = outcome && 'written' in outcome ? outcome.written : undefined;
  return [written ? { ...record, remoteId: written.remoteId, written: true } : record];
}

/** Spoils the n-th request, counted from 1. */
function cutAt(http: HttpClient, nth: number, cut: Cut): { http: HttpClient; wasStruck: () => boolean } {
  let count = 0;
  const results: Record<Cut, HttpResult> = {
    unreachable: { kind: 'failed', reason: 'UNREACHABLE', message: 'Nothing listens there.', head: null },
    lost: { kind: 'failed', reason: 'TIMEOUT', message: 'No answer within 30 s.', head: null },
    throttled: { kind: 'response', status: 429, headers: { 'retry-after': '7' }, text: '' },
    revoked: { kind: 'response', status: 401, headers: {}, text: '' },
  };
  return {
    http: {
      ...http,
      async request(request) {
        count += 1;
        if (cut === 'revoked' ? count < nth : count !== nth) return http.request(request);
        if (cut === 'lost') await http.request(request);
        return results[cut];
      },
    },
    wasStruck: () => count >= nth,
  };
}
