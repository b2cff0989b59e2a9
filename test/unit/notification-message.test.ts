import { describe, expect, test } from 'vitest';
import { isEmailAddress } from '../../src/domain/email-address.ts';
import { type FailureNews, hasNews, type NotificationContent } from '../../src/domain/notification-content.ts';
import { notificationMessageOf, testMessageOf } from '../../src/domain/notification-message.ts';

const url = 'https://sluice.example/?group=FAILED&category=UNKNOWN';
const failure = (more: Partial<FailureNews> = {}): FailureNews => ({
  integration: 'Marketo',
  category: 'DATA_VALUE_VALIDATION',
  failed: 500,
  open: 480,
  cleared: 20,
  url,
  ...more,
});
const content = (more: Partial<NotificationContent>): NotificationContent => ({
  rule: 'Field ops',
  losses: [],
  failures: [],
  frozen: [],
  ...more,
});

describe('news', () => {
  test('are new failures, lost connections, and frozen leads', () => {
    expect(hasNews(content({ failures: [failure()] }))).toBe(true);
    expect(hasNews(content({ losses: [{ integration: 'Marketo', loss: 'ENDPOINT_GONE', url }] }))).toBe(true);
    const frozen = [{ integration: 'Marketo', event: 'Expo', endedOn: '2026-05-01', frozen: 3, url }];
    expect(hasNews(content({ frozen }))).toBe(true);
  });

  test('are not failures that everybody has been told of, nor leads that cleared', () => {
    expect(hasNews(content({ failures: [failure({ failed: 0, open: 12, cleared: 4 })] }))).toBe(false);
    expect(hasNews(content({}))).toBe(false);
  });
});

describe('a message about failures', () => {
  const message = notificationMessageOf(
    content({ failures: [failure(), failure({ category: 'DUPLICATE', failed: 1 })] }),
  );

  test('says in its subject how many and where', () => {
    expect(message.subject).toBe('Sluice: 501 new failures in Marketo');
  });

  test('says per integration and category what is new, open and cleared, what it means, how to fix it, and where to look', () => {
    expect(message.text).toContain(
      '- Marketo, DATA_VALUE_VALIDATION: 500 new, 480 open, 20 cleared. The vendor does not',
    );
    expect(message.text).toContain('- Marketo, DUPLICATE: 1 new, 480 open, 20 cleared. More than one record');
    expect(message.text).toContain('Merge the records at the vendor');
    expect(message.text).toContain(`  ${url}\n`);
    expect(message.text).toContain('"Field ops"');
  });

  test('has the same in Slack’s form', () => {
    expect(message.slack.text).toBe('501 new failures in Marketo');
    expect(message.slack.blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context']);
    expect(JSON.stringify(message.slack.blocks)).toContain('500 new, 480 open, 20 cleared');
    expect(JSON.stringify(message.slack.blocks)).toContain(`<${url}|Show them>`);
  });

  test('counts one as one, and integrations where there are several', () => {
    const single = notificationMessageOf(content({ failures: [failure({ failed: 1 })] }));
    expect(single.subject).toBe('Sluice: 1 new failure in Marketo');
    const several = notificationMessageOf(content({ failures: [failure(), failure({ integration: 'Hook' })] }));
    expect(several.subject).toBe('Sluice: 1000 new failures in 2 integrations');
  });
});

test.for([
  ['AUTHORIZATION_LOST', 'does not accept our credentials'],
  ['PERMISSION_LOST', 'may not write'],
  ['ENDPOINT_GONE', 'says that it is gone'],
] as const)('%s is said in plain words', ([loss, words]) => {
  const message = notificationMessageOf(content({ losses: [{ integration: 'Marketo', loss, url }] }));
  expect(message.subject).toBe('Sluice: Marketo needs to be connected again');
  expect(message.text).toContain(words);
});

test('a reminder says what is frozen, where, and since when', () => {
  const frozen = [{ integration: 'Marketo', event: 'Spring Expo', endedOn: '2026-05-01', frozen: 1, url }];
  const message = notificationMessageOf(content({ frozen }));
  expect(message.subject).toBe('Sluice: 1 lead frozen after the event has ended');
  expect(message.text).toContain('Marketo, Spring Expo (ended 2026-05-01): 1 lead frozen.');
});

describe('a name', () => {
  const name = 'A & B <!channel>\r\nBcc: everybody@example.com "x"';
  const message = notificationMessageOf(
    content({
      rule: name,
      losses: [{ integration: name, loss: 'AUTHORIZATION_LOST', url }],
      failures: [failure({ integration: name })],
    }),
  );

  test('can not end a line of the subject or of the text', () => {
    expect(message.subject).not.toMatch(/[\r\n]/);
    expect(message.text).not.toContain('\r');
    expect(message.text).not.toMatch(/^Bcc/m);
  });

  test('is text in HTML', () => {
    expect(message.html).toContain('A &#38; B &#60;!channel&#62; Bcc: everybody@example.com &#34;x&#34;');
    expect(message.html).not.toContain('<!channel>');
  });

  test('mentions nobody in Slack', () => {
    const sent = JSON.stringify(message.slack.blocks.filter(({ type }) => type !== 'header'));
    expect(sent).toContain('A &amp; B &lt;!channel&gt;');
    expect(sent).not.toContain('<!channel>');
    expect(message.slack.text).not.toContain('<!channel>');
  });
});

test('a message of many groups stays within what Slack takes, and says how many it leaves out', () => {
  const failures = Array.from({ length: 400 }, (_, k) => failure({ integration: `${'Integration '.repeat(16)}${k}` }));
  const { slack, text } = notificationMessageOf(content({ failures }));
  expect(slack.blocks.length).toBeLessThanOrEqual(50);
  for (const block of slack.blocks) {
    if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
    if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3_000);
  }
  expect(text).toContain('And 370 more.');
});

test('a test says that it is one', () => {
  const message = testMessageOf('Field ops');
  expect(message.subject).toBe('Sluice: Test of a notification');
  expect(message.slack.text).toBe('Test of a notification');
  expect(message.text).toContain('"Field ops"');
});

test.for([
  ['ada@example.com', true],
  ['ada.l+expo@mail.example.co.uk', true],
  ['ops@localhost', true],
  ['ada', false],
  ['Ada <ada@example.com>', false],
  ['a@example.com, b@example.com', false],
  ['a@example.com\nBcc: b@example.com', false],
  [`${'a'.repeat(65)}@example.com`, false],
  ['a@exa mple.com', false],
] as const)('%s is one address: %s', ([text, expected]) => {
  expect(isEmailAddress(text)).toBe(expected);
});
