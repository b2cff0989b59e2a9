import { describe, expect, test } from 'vitest';
import { zoho } from '../../src/sync/connectors/zoho/zoho.ts';
import { outcomesOf } from './stand.ts';
import { campaign, givenZoho as given, kindsOf, leadOf } from './zoho-stand.ts';

const attended = { campaign: { campaignId: campaign.id, memberStatus: 'Attended' } };
const errorBody = (code: string, details: object = {}, message = 'In the words of Zoho') =>
  JSON.stringify({ code, details, message, status: 'error' });

describe('campaigns of Zoho', () => {
  test('are listed with their kind and the statuses of members, page by page', async () => {
    const many = Array.from({ length: 450 }, (_, k) => ({
      id: String(8_000 + k),
      Campaign_Name: `Fair ${k}`,
      Type: 'Conference',
      Status: null,
    }));
    const { session, callsTo } = await given({ campaigns: many });
    const listed = await zoho.campaigns?.list('fair 44', session);
    expect(listed).toMatchObject({
      campaigns: ['Fair 44', ...Array.from({ length: 10 }, (_, k) => `Fair 44${k}`)].map((name) => ({
        name,
        type: 'Conference',
        memberStatuses: ['Invited', 'Attended', 'No Show'],
      })),
    });
    expect(callsTo('/crm/v8/Campaigns')).toHaveLength(3);
    const all = await zoho.campaigns?.list(null, session);
    expect(all?.kind === 'campaigns' && all.campaigns).toHaveLength(100);
  });

  test('have no statuses where none are described, and members are made without one', async () => {
    const { session, vendor, push } = await given();
    for (const path of ['/settings/fields', '/settings/fields'])
      vendor.fault({ kind: 'status', status: 401, body: errorBody('OAUTH_SCOPE_MISMATCH'), path });
    expect(await zoho.campaigns?.find(campaign.id, session)).toMatchObject({ campaign: { memberStatuses: [] } });
    await push([leadOf('a@example.test', { campaign: { campaignId: campaign.id, memberStatus: '' } })]);
    const [joined] = vendor.calls().filter(({ path }) => /Leads\/\d+\/Campaigns/.test(path));
    expect(joined).toMatchObject({ method: 'PUT', body: { data: [{ id: campaign.id }] } });
    expect([...vendor.membersOf(campaign.id).values()]).toEqual(['Active']);
  });

  test('of an organization that may not read them are unavailable', async () => {
    const { session, vendor } = await given();
    vendor.fault({ kind: 'status', status: 403, body: errorBody('NO_PERMISSION'), path: '/Campaigns', times: null });
    expect(await zoho.campaigns?.list(null, session)).toMatchObject({ kind: 'unavailable' });
    expect(await zoho.campaigns?.find(campaign.id, session)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('a membership in Zoho', () => {
  test('of a campaign that is gone is asked for once, whatever the number of its leads', async () => {
    const { vendor, push, callsTo } = await given();
    vendor.removeCampaign(campaign.id);
    const other = { campaign: { campaignId: '7244000000000901', memberStatus: 'Attended' } };
    const answer = await push([
      leadOf('a@example.test', attended),
      leadOf('b@example.test', attended),
      leadOf('c@example.test', other),
    ]);
    const gone = {
      kind: 'failed',
      error: { category: 'CAMPAIGN_NOT_FOUND' },
      written: { remoteId: expect.any(String) },
    };
    expect(outcomesOf(answer)).toMatchObject([gone, gone, { kind: 'cleared' }]);
    expect(callsTo('/Campaigns')).toHaveLength(2);
  });

  test('with a status that Zoho does not have is CAMPAIGN_NOT_FOUND', async () => {
    const { push } = await given();
    const answer = await push([
      leadOf('a@example.test', { campaign: { campaignId: campaign.id, memberStatus: 'Danced' } }),
    ]);
    expect(outcomesOf(answer)).toMatchObject([
      { kind: 'failed', error: { category: 'CAMPAIGN_NOT_FOUND', remoteField: 'Member_Status' }, written: {} },
    ]);
  });

  test('of a lead that is gone fails without its id, so that the next push writes it anew', async () => {
    const { vendor, push, known } = await given();
    const lead = await known('gone@example.test', { ...attended, written: true });
    vendor.deleteLead(String(lead.remoteId));
    const [outcome] = outcomesOf(await push([lead]));
    expect(outcome).toMatchObject({ kind: 'failed', error: { category: 'REMOTE_RECORD_GONE' } });
    expect(outcome).not.toHaveProperty('written');
  });

  test.for([
    ['the lead', 'REMOTE_RECORD_GONE', false],
    ['the campaign', 'CAMPAIGN_NOT_FOUND', true],
  ] as const)('that Zoho does not find, without saying what, is looked into: %s', async ([, category, remove]) => {
    const { vendor, push } = await given();
    if (remove) vendor.removeCampaign(campaign.id);
    vendor.fault({ kind: 'status', status: 404, body: errorBody('NOT_FOUND'), path: '/Campaigns' });
    expect(outcomesOf(await push([leadOf('a@example.test', attended)]))).toMatchObject([
      { kind: 'failed', error: { category } },
    ]);
  });

  test.for([
    ['DUPLICATE_DATA', 'duplicate data'],
    ['ALREADY_ASSOCIATED', ''],
    ['INVALID_DATA', 'the lead is already a member of the campaign'],
  ])('that is there already is a success: %s %s', async ([code, message]) => {
    const { vendor, push } = await given();
    vendor.fault({
      kind: 'status',
      status: 400,
      body: `{"data":[${errorBody(String(code), {}, message)}]}`,
      path: '/Campaigns',
    });
    expect(kindsOf(await push([leadOf('a@example.test', attended)]))).toEqual(['cleared']);
  });

  test('that somebody changes in the same moment waits, with the lead written', async () => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status: 412, body: errorBody('ALREADY_MODIFIED'), path: '/Campaigns' });
    expect(outcomesOf(await push([leadOf('a@example.test', attended)]))).toMatchObject([
      { kind: 'postponed', written: { remoteId: expect.any(String) } },
    ]);
  });

  test.for([
    [400, 'MANDATORY_NOT_FOUND', 'REQUIRED_REMOTE_FIELD'],
    [400, 'INVALID_MODULE', 'CAMPAIGN_NOT_FOUND'],
    [400, 'NOT_ALLOWED', 'CONNECTION_PERMISSION'],
    [400, 'RECORD_LOCKED', 'DATA_VALUE_VALIDATION'],
    [400, 'NEVER_HEARD_OF', 'UNKNOWN'],
    [405, '', 'UNKNOWN'],
  ] as const)('that is refused (HTTP %i %s) is %s, and the lead stays written', async ([status, code, category]) => {
    const { vendor, push } = await given();
    vendor.fault({ kind: 'status', status, body: code && errorBody(code), path: '/Campaigns' });
    expect(outcomesOf(await push([leadOf('a@example.test', attended)]))).toMatchObject([
      { kind: 'failed', error: { category }, written: { remoteId: expect.any(String) } },
    ]);
  });
});
