import { describe, expect, test } from 'vitest';
import { redact } from '../../src/sync/connectors/http/redact.ts';
import { accountIdOf, normalizeBaseUrl } from '../../src/sync/connectors/marketo/credentials.ts';
import { nextQuotaReset } from '../../src/sync/connectors/marketo/quota.ts';
import { namedField } from '../../src/sync/connectors/rest/named-field.ts';

test.for([
  ['https://123-ABC-456.mktorest.com', 'https://123-abc-456.mktorest.com'],
  ['https://123-ABC-456.mktorest.com/rest', 'https://123-abc-456.mktorest.com'],
  ['https://123-ABC-456.mktorest.com/identity/', 'https://123-abc-456.mktorest.com'],
  ['https://123-ABC-456.mktorest.com/identity/oauth/token', 'https://123-abc-456.mktorest.com'],
  ['https://123-ABC-456.mktorest.com:443/REST', 'https://123-abc-456.mktorest.com'],
  ['https://gateway.example.test:8443/tenants/7/rest', 'https://gateway.example.test:8443/tenants/7'],
  ['https://gateway.example.test//tenants//7//', 'https://gateway.example.test/tenants/7'],
  ['https://gateway.example.test/restful', 'https://gateway.example.test/restful'],
  ['https://gateway.example.test/rest?x=1#y', 'https://gateway.example.test'],
  ['123-ABC-456.mktorest.com', null],
  ['https://', null],
  ['https://not a host/', null],
])('the base URL %s is %s', ([text, baseUrl]) => {
  expect(normalizeBaseUrl(text as string)).toBe(baseUrl);
});

test('the account is told without the scheme', () => {
  expect(accountIdOf('https://gateway.example.test:8443/tenants/7')).toBe('gateway.example.test:8443/tenants/7');
});

describe('namedField', () => {
  const sent = ['email', 'title', 'value', 'leadScore', 'Stand_Visit__c'];
  test.for([
    ["Field 'title' not found", 'title'],
    ['Invalid fields [other, title]', 'title'],
    ['"leadScore" must be a number', 'leadScore'],
    ['field leadScore is odd', 'leadScore'],
    ['Stand_Visit__c: no such option', 'Stand_Visit__c'],
    ['the value is too long', null],
    ['the title of the lead', null],
    ["Field 'unsent' not found", null],
    ['', null],
  ])('%j names %s', ([words, field]) => {
    expect(namedField(words as string, sent)).toBe(field);
  });

  test('endless words do no harm', () => {
    expect(namedField('-'.repeat(2_000_000), sent)).toBeNull();
  });
});

describe('nextQuotaReset', () => {
  test.for([
    ['2026-07-01T12:00:00Z', '2026-07-02T05:00:00.000Z'],
    ['2026-12-31T12:00:00Z', '2027-01-01T06:00:00.000Z'],
    ['2026-12-31T23:30:00Z', '2027-01-01T06:00:00.000Z'],
    ['2027-01-01T03:00:00Z', '2027-01-01T06:00:00.000Z'],
    ['2028-02-28T12:00:00Z', '2028-02-29T06:00:00.000Z'],
    ['2026-03-08T05:59:59.999Z', '2026-03-08T06:00:00.000Z'],
    ['2026-03-08T06:00:00Z', '2026-03-09T05:00:00.000Z'], // a day of 23 hours
    ['2026-03-08T08:00:00Z', '2026-03-09T05:00:00.000Z'],
    ['2026-11-01T05:00:00Z', '2026-11-02T06:00:00.000Z'], // a day of 25
    ['2026-11-01T06:30:00Z', '2026-11-02T06:00:00.000Z'],
    ['2026-11-01T07:30:00Z', '2026-11-02T06:00:00.000Z'],
  ])('after %s it is %s', ([now, reset]) => {
    expect(nextQuotaReset(Date.parse(now as string)).toISOString()).toBe(reset);
  });
});

test('redact takes secrets out as they are and as a URL carries them', () => {
  expect(redact('a+b/c and a%2Bb%2Fc and nothing', ['a+b/c', null, ''])).toBe('*** and *** and nothing');
});
