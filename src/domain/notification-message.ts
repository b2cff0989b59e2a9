import { wordsOfCategory } from './error-categories.ts';
import type { ConnectionLoss, FailureNews, NotificationContent } from './notification-content.ts';

/** One message in the forms that channels take. */
export interface NotificationMessage {
  subject: string;
  text: string;
  html: string;
  /** The JSON of a Slack incoming webhook. */
  slack: { text: string; blocks: SlackBlock[] };
}

export type SlackBlock =
  | { type: 'header'; text: { type: 'plain_text'; text: string } }
  | { type: 'section'; text: { type: 'mrkdwn'; text: string } }
  | { type: 'context'; elements: { type: 'mrkdwn'; text: string }[] };

/** What `sendTestNotification` sends. */
export function testMessageOf(rule: string): NotificationMessage {
  return messageOf({
    title: 'Test of a notification',
    sections: [{ heading: null, lines: [{ words: 'It works: news of this rule will arrive here.', url: null }] }],
    footer: footerOf(rule),
  });
}

/** Numbers, names of integrations and events, and links. */
export function notificationMessageOf(content: NotificationContent): NotificationMessage {
  return messageOf({
    title: titleOf(content),
    sections: [
      section(
        'Connections that need you',
        content.losses.map(({ integration, loss, url }) => ({
          words: `${oneLine(integration)}: ${wordsOfLoss[loss]} Its leads are held until somebody connects it again.`,
          url,
        })),
      ),
      section('Failures since the last message', content.failures.map(lineOfFailure)),
      section(
        'Frozen although the event has ended',
        content.frozen.map(({ integration, event, endedOn, frozen, url }) => ({
          words: `${oneLine(integration)}, ${oneLine(event)} (ended ${endedOn}): ${count(frozen, 'lead')} frozen. Push the event, or let the leads flow.`,
          url,
        })),
      ),
    ].filter(({ lines }) => lines.length > 0),
    footer: footerOf(content.rule),
  });
}

/** What all forms are made of. */
interface Draft {
  title: string;
  sections: Section[];
  footer: string;
}

interface Section {
  heading: string | null;
  lines: Line[];
}

interface Line {
  words: string;
  url: string | null;
}

const wordsOfLoss: Record<ConnectionLoss, string> = {
  AUTHORIZATION_LOST: 'the vendor does not accept our credentials any more.',
  PERMISSION_LOST: 'the account may not write at the vendor any more.',
  ENDPOINT_GONE: 'the receiver of the webhook says that it is gone.',
};

/** A message names so many lines a section; Slack takes 50 blocks of 3,000 characters. */
const linesMax = 30;
const slackHeaderMax = 150;
const slackSectionMax = 2_900;

function titleOf({ losses, failures, frozen }: NotificationContent): string {
  const failed = sum(failures.map((news) => news.failed));
  const held = sum(frozen.map((news) => news.frozen));
  const parts: string[] = [];
  const [lost] = losses;
  if (lost && losses.length === 1) parts.push(`${oneLine(lost.integration)} needs to be connected again`);
  if (losses.length > 1) parts.push(`${losses.length} integrations need to be connected again`);
  if (failed > 0) parts.push(`${count(failed, 'new failure')}${placeOf(failures)}`);
  if (held > 0) parts.push(`${count(held, 'lead')} frozen after the event has ended`);
  return parts.join('; ');
}

function placeOf(failures: readonly FailureNews[]): string {
  const names = new Set(failures.filter(({ failed }) => failed > 0).map(({ integration }) => integration));
  const [only] = names;
  return names.size === 1 && only ? ` in ${oneLine(only)}` : ` in ${names.size} integrations`;
}

function lineOfFailure({ integration, category, failed, cleared, open, url }: FailureNews): Line {
  const { description, fix } = wordsOfCategory[category];
  const numbers = `${failed} new, ${open} open, ${cleared} cleared`;
  return { words: `${oneLine(integration)}, ${category}: ${numbers}. ${description} ${fix}`, url };
}

function section(heading: string, lines: Line[]): Section {
  const more = lines.length - linesMax;
  if (more <= 0) return { heading, lines };
  return { heading, lines: [...lines.slice(0, linesMax), { words: `And ${more} more.`, url: null }] };
}

const footerOf = (rule: string): string => `Sluice sends this by the notification rule "${oneLine(rule)}".`;

function messageOf(draft: Draft): NotificationMessage {
  return { subject: `Sluice: ${draft.title}`, text: textOf(draft), html: htmlOf(draft), slack: slackOf(draft) };
}

function textOf({ title, sections, footer }: Draft): string {
  const parts = sections.map(({ heading, lines }) =>
    [...(heading ? [heading, ''] : []), ...lines.map(({ words, url }) => (url ? `- ${words}\n  ${url}` : words))].join(
      '\n',
    ),
  );
  return `${[title, ...parts, `-- \n${footer}`].join('\n\n')}\n`;
}

function htmlOf({ title, sections, footer }: Draft): string {
  const parts = sections.map(({ heading, lines }) => {
    const items = lines.map(
      ({ words, url }) => `<li>${html(words)}${url ? ` <a href="${html(url)}">Show them</a>` : ''}</li>`,
    );
    return `${heading ? `<h2>${html(heading)}</h2>` : ''}<ul>${items.join('')}</ul>`;
  });
  return `<!doctype html><html lang="en"><body><h1>${html(title)}</h1>${parts.join('')}<p>${html(footer)}</p></body></html>`;
}

function slackOf({ title, sections, footer }: Draft): NotificationMessage['slack'] {
  const blocks: SlackBlock[] = [
    { type: 'header', text: { type: 'plain_text', text: cut(title, slackHeaderMax) } },
    ...sections.flatMap(({ heading, lines }) => {
      const texts = lines.map(({ words, url }) => `• ${mrkdwn(words)}${url ? ` <${url}|Show them>` : ''}`);
      return chunksOf([...(heading ? [`*${mrkdwn(heading)}*`] : []), ...texts], slackSectionMax).map(
        (text): SlackBlock => ({ type: 'section', text: { type: 'mrkdwn', text } }),
      );
    }),
    { type: 'context', elements: [{ type: 'mrkdwn', text: mrkdwn(footer) }] },
  ];
  return { text: mrkdwn(title), blocks };
}

/** Lines joined as long as they fit. A single line always does. */
function chunksOf(lines: readonly string[], lengthMax: number): string[] {
  const chunks: string[] = [];
  for (const line of lines) {
    const last = chunks.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= lengthMax)
      chunks[chunks.length - 1] = `${last}\n${line}`;
    else chunks.push(line);
  }
  return chunks;
}

/** Names may hold line breaks; in a subject or a line they would end it. */
const oneLine = (name: string): string => name.replace(/[\s\p{Cc}]+/gu, ' ').trim();
const cut = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const html = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** Slack's own escapes: without them a name could mention a whole channel. Source: "Formatting text for app surfaces", read 2026-11. */
const mrkdwn = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
