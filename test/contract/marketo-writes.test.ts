import { describe, expect, test } from 'vitest';
import type { MarketoOptions } from '../../simulators/marketo/start-marketo.ts';
import { marketo } from '../../src/sync/connectors/marketo/marketo.ts';
import { givenMarketo as given, kindsOf, leadsPath } from './marketo-stand.ts';
import { recordOf, recordsOf } from './records.ts';

describe('matching', () => {
  test('the same person again is updated and keeps the id', async () => {
    const { push, vendor } = await given();
    const [created] = [await push(recordsOf(1))];
    const updated = await push([
      recordOf('LEAD0@example.test', { values: { email: 'LEAD0@example.test', firstName: 'New' } }),
    ]);
    expect(updated).toEqual(created);
    expect(vendor.leads()).toMatchObject([{ fields: { firstName: 'New' } }]);
  });

  test('several leads with the address are a duplicate', async () => {
    const { push, vendor, callsTo } = await given();
    const resume = vendor.pause();
    const overlapping = [push([recordOf('twin@example.test')]), push([recordOf('twin@example.test')])];
    await expect.poll(() => callsTo(leadsPath).length).toBe(2);
    resume();
    await Promise.all(overlapping);
    expect(vendor.leads()).toHaveLength(2); // what the engine's rule of one call per address prevents
    expect(await push([recordOf('twin@example.test')])).toMatchObject({
      kind: 'answered',
      outcomes: [{ kind: 'failed', error: { category: 'DUPLICATE', vendorCode: '1007' } }],
    });
  });

  test('an unknown field is told for the record or for the call, and named both times', async () => {
    const values = { email: 'a@example.test', ghostField: 'boo' };
    const record = recordOf('a@example.test', { values });
    const onRecord = await given();
    expect(await onRecord.push([record])).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' } }],
    });
    const onCall = await given({ unknownFieldLevel: 'response' });
    expect(await onCall.push([record])).toMatchObject({
      kind: 'refused',
      error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' },
    });
  });

  test('the partition is named when one is set', async () => {
    const { vendor, bench, credentials } = await given({ partitions: ['Default', 'EMEA'] });
    const inPartition = (partition: string) => marketo.push(recordsOf(1), bench.session({ ...credentials, partition }));
    expect(kindsOf(await inPartition('EMEA'))).toEqual(['cleared']);
    expect(vendor.leads()).toMatchObject([{ partition: 'EMEA' }]);
    expect(await inPartition('Nowhere')).toMatchObject({
      outcomes: [{ kind: 'failed', error: { category: 'CONNECTION_PERMISSION', vendorCode: '1008' } }],
    });
  });
});

describe('a lead that is known by its id', () => {
  async function known(options: MarketoOptions = {}) {
    const stand = await given(options);
    await stand.push(recordsOf(2));
    const [first, second] = stand.vendor.leads();
    const idOf = (lead: typeof first) => String(lead?.id);
    const writes = () =>
      stand
        .callsTo(leadsPath)
        .filter(({ method }) => method === 'POST')
        .map(({ emails }) => emails);
    return { ...stand, first: idOf(first), second: idOf(second), writes };
  }
  const changed = (remoteId: string) => recordOf('corrected@example.test', { remoteId });

  test('is updated under another address, and not made anew', async () => {
    const { vendor, push, first } = await known();
    expect(await push([changed(first)])).toEqual({
      kind: 'answered',
      outcomes: [{ kind: 'cleared', remoteId: first }],
    });
    expect(vendor.leads().map(({ fields }) => fields.email)).toEqual(['corrected@example.test', 'lead1@example.test']);
    expect(vendor.leads()[0]?.lastInput).toEqual({
      id: Number(first),
      email: 'corrected@example.test',
      firstName: 'corrected',
    });
  });

  test('and is gone is matched by its address in the same push, whichever way Marketo says so', async () => {
    for (const level of ['record', 'call']) {
      const { vendor, push, first } = await known();
      vendor.deleteLead(Number(first));
      if (level === 'call') vendor.fault({ kind: 'response', code: '1004', path: leadsPath });
      const answer = await push([changed(first)]);
      expect(kindsOf(answer)).toEqual(['cleared']);
      expect(vendor.leads().map(({ fields }) => fields.email)).toEqual([
        'lead1@example.test',
        'corrected@example.test',
      ]);
      expect(answer).toMatchObject({ outcomes: [{ remoteId: String(vendor.leads()[1]?.id) }] });
    }
  });

  test('goes in a call of its own, beside one for those that are not', async () => {
    const { push, first, second, writes } = await known();
    const batch = [
      recordOf('new@example.test'),
      recordOf('lead0@example.test', { remoteId: first }),
      recordOf('lead1@example.test', { remoteId: second }),
    ];
    expect(kindsOf(await push(batch))).toEqual(['cleared', 'cleared', 'cleared']);
    expect(writes().slice(1)).toEqual([['lead0@example.test', 'lead1@example.test'], ['new@example.test']]);
  });

  test('is never twice in a call', async () => {
    const { vendor, push, first, writes } = await known();
    const batch = [changed(first), recordOf('lead0@example.test', { remoteId: first })];
    expect(kindsOf(await push(batch))).toEqual(['cleared', 'cleared']);
    expect(writes().slice(1)).toEqual([['corrected@example.test'], ['lead0@example.test']]);
    expect(vendor.leads()[0]?.fields.email).toBe('lead0@example.test'); // the later of the two
  });

  test('stays in its partition; only who may be made goes to the one that is set', async () => {
    const { vendor, bench, credentials, first } = await known({ partitions: ['Default', 'EMEA'] });
    const session = bench.session({ ...credentials, partition: 'EMEA' });
    const batch = [changed(first), recordOf('new@example.test')];
    expect(kindsOf(await marketo.push(batch, session))).toEqual(['cleared', 'cleared']);
    expect(vendor.leads().map(({ partition }) => partition)).toEqual(['Default', 'Default', 'EMEA']);
  });

  test('keeps what WRITE_IF_BLANK says by what the lead with that id has', async () => {
    const { vendor, push, first } = await known();
    const values = { email: 'corrected@example.test', firstName: 'New', title: 'Countess' };
    await push([{ ...changed(first), values, writeIfBlank: ['firstName', 'title'] }]);
    expect(vendor.leads()[0]?.fields).toMatchObject({
      email: 'corrected@example.test',
      firstName: 'lead0',
      title: 'Countess',
    });
  });

  test('is not updated twice when the answer is lost', async () => {
    const { vendor, bench, push, first } = await known();
    vendor.fault({ kind: 'hang', path: leadsPath, afterWrite: true });
    const pushing = push([changed(first)]);
    await vendor.untilHanging();
    bench.timeOut();
    expect(await pushing).toMatchObject({ kind: 'unavailable', whole: false });
    expect(kindsOf(await push([changed(first)]))).toEqual(['cleared']);
    expect(vendor.leads()).toHaveLength(2);
  });

  test('is cleared when the call for the others is throttled, and they wait', async () => {
    const { vendor, push, first } = await known();
    vendor.fault({ kind: 'response', code: '606', path: leadsPath, email: 'new@example.test' });
    expect(await push([changed(first), recordOf('new@example.test')])).toMatchObject({
      outcomes: [{ kind: 'cleared', remoteId: first }, { kind: 'interrupted' }],
      interruption: { kind: 'throttled', retryAfterMs: 20_000 },
    });
    vendor.fault({ kind: 'response', code: '606', path: leadsPath });
    expect(await push([changed(first), recordOf('new@example.test')])).toMatchObject({
      outcomes: [{ kind: 'interrupted' }, { kind: 'unsent' }],
      interruption: { kind: 'throttled' },
    });
  });
});

describe('WRITE_IF_BLANK', () => {
  const withJob = (email: string, title: string, writeIfBlank: string[]) =>
    recordOf(email, { values: { email, title, firstName: 'New' }, writeIfBlank });

  test('fills what is blank, leaves what is filled, and overwrites the rest', async () => {
    const { push, vendor } = await given();
    await push([
      recordOf('filled@example.test', { values: { email: 'filled@example.test', title: 'Old', firstName: 'Old' } }),
      recordOf('blank@example.test', { values: { email: 'blank@example.test', firstName: 'Old' } }),
    ]);
    await push([
      withJob('FILLED@example.test', 'New', ['title']),
      withJob('blank@example.test', 'New', ['title']),
      withJob('new@example.test', 'New', ['title']),
      withJob('plain+sign@example.test', 'New', []),
    ]);
    const told = vendor.leads().map(({ fields }) => [fields.title, fields.firstName]);
    expect(told).toEqual([
      ['Old', 'New'],
      ['New', 'New'],
      ['New', 'New'],
      ['New', 'New'],
    ]);
  });

  test('300 addresses are read in calls whose address stays short', async () => {
    const { push, callsTo, vendor } = await given();
    const long = (index: number) => `somebody.with.a.rather.long.name+${index}@department.example.test`;
    const batch = (title: string) => Array.from({ length: 300 }, (_, index) => withJob(long(index), title, ['title']));
    await push(batch('Old'));
    await push(batch('New'));
    expect(new Set(vendor.leads().map(({ fields }) => fields.title))).toEqual(new Set(['Old']));
    expect(callsTo(leadsPath).filter(({ method }) => method === 'GET').length).toBeGreaterThan(4);
    expect(vendor.leads()).toHaveLength(300);
  });

  test('nothing is read when nobody asks for it, and a refused read writes nothing', async () => {
    const { push, callsTo, vendor } = await given();
    await push();
    expect(callsTo(leadsPath)).toHaveLength(1);
    vendor.fault({ kind: 'response', code: '606', path: leadsPath });
    expect(await push([withJob('x@example.test', 'New', ['title'])])).toMatchObject({ kind: 'throttled' });
    expect(vendor.leads()).toHaveLength(2);
  });

  test('a field that Marketo does not know is named by the read', async () => {
    const { push } = await given();
    const values = { email: 'x@example.test', ghostField: 'boo' };
    expect(await push([recordOf('x@example.test', { values, writeIfBlank: ['ghostField'] })])).toMatchObject({
      kind: 'refused',
      error: { category: 'MISSING_REMOTE_FIELD', remoteField: 'ghostField' },
    });
  });

  test('time is asked for before the read, too', async () => {
    const { bench, vendor, credentials } = await given();
    let asked = 0;
    const timeLeftMs = () => (++asked > 2 ? 0 : 60_000); // token, read, and no more
    const answer = await marketo.push(
      [withJob('x@example.test', 'New', ['title'])],
      bench.session(credentials, { timeLeftMs }),
    );
    expect(answer).toEqual({ kind: 'unsent' });
    expect(vendor.leads()).toEqual([]);
  });
});
