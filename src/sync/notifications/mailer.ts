import { createTransport } from 'nodemailer';

export interface Mail {
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** The same for every attempt to deliver one message, so that a repeat can be recognized. Without brackets and host. */
  id: string;
}

export type MailOutcome =
  /** `refused`: how many of the addresses the server did not take. */
  { kind: 'sent'; refused: number } | { kind: 'failed'; message: string };

/** Hands e-mail to the mail server. Never throws for what the server or the network does. */
export interface Mailer {
  send(mail: Mail, signal: AbortSignal): Promise<MailOutcome>;
}

export interface MailerOptions {
  /** smtp(s)://user:password@host:port */
  url: string;
  /** An address, or a name and an address in angle brackets. */
  from: string;
}

const connectMs = 10_000;
const silenceMs = 15_000;
/** From the first step to the server's last word. */
const sendMsMax = 30_000;

/**
 * A mailer by SMTP. Signs in only under TLS, except on loopback; certificates are checked. A connection per message: they are few, and one that is
 * kept would be closed by the server between them.
 */
export function createMailer({ url, from }: MailerOptions): Mailer {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const auth = username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : null;
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    ...(auth && { auth, requireTLS: !secure && !isLoopback(hostname) }),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)>?$/.exec(from)?.[1] ?? hostname;
  return {
    async send({ to, subject, text, html, id }, signal) {
      try {
        const { rejected } = await transport.sendMail({
          from,
          to: [...to],
          subject,
          text,
          html,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(sendMsMax)]),
        });
        return { kind: 'sent', refused: rejected.length };
      } catch (error) {
        return { kind: 'failed', message: wordsOf(error) };
      }
    },
  };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

// The codes of nodemailer 10, src/errors; read 2026-11. What the server said is left out: it can repeat addresses.
const wordsByCode: Record<string, string> = {
  EAUTH: 'The mail server refused the sign-in of SMTP_URL.',
  ENOAUTH: 'The mail server wants a sign-in, and SMTP_URL has none.',
  ECONNECTION: 'The mail server can not be reached.',
  ESOCKET: 'The connection to the mail server failed.',
  EDNS: 'The name of the mail server can not be resolved.',
  ETIMEDOUT: 'The mail server did not answer in time.',
  ETLS: 'The mail server offers no TLS that can be trusted.',
  EENVELOPE: 'The mail server refused the sender or every recipient.',
  EMESSAGE: 'The mail server refused the message.',
};

function wordsOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const words =
    (typeof code === 'string' && wordsByCode[code]) || 'The message could not be handed to the mail server.';
  return typeof responseCode === 'number' ? `${words.slice(0, -1)} (${responseCode}).` : words;
}
