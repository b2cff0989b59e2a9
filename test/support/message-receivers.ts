import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

/** What arrived, in order, and a way to wait for it. */
class Inbox<Message> {
  readonly messages: Message[] = [];
  #arrived = Promise.withResolvers<void>();

  add(message: Message): void {
    this.messages.push(message);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  /** Resolves once so many have arrived. */
  async until(count: number): Promise<Message[]> {
    while (this.messages.length < count) await this.#arrived.promise;
    return this.messages;
  }
}

export interface Posted {
  headers: Record<string, unknown>;
  body: { text: string; blocks: { type: string }[] };
}

export interface SlackReceiver {
  url: string;
  inbox: Inbox<Posted>;
  /** How the next requests are answered, one each; then with 200 again. */
  script(...answers: { status: number; headers?: Record<string, string> }[]): void;
  /** From now on requests wait; returns what lets them be answered. */
  hold(): () => void;
}

/** Takes what a Slack webhook takes, over HTTP on loopback; ends with the test. */
export async function startSlackReceiver(): Promise<SlackReceiver> {
  const inbox = new Inbox<Posted>();
  const answers: { status: number; headers?: Record<string, string> }[] = [];
  let gate: Promise<void> = Promise.resolve();
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Posted['body'];
    inbox.add({ headers: request.headers, body });
    await gate;
    const { status, headers = {} } = answers.shift() ?? { status: 200 };
    response.writeHead(status, headers).end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/T000/secret-path`,
    inbox,
    script: (...more) => void answers.push(...more),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

export interface Mailed {
  from: string;
  to: string[];
  user: string | null;
  /** As it came over the wire, quoted-printable decoded. */
  source: string;
}

export interface MailServer {
  /** With the user and the password that it wants. */
  url: string;
  inbox: Inbox<Mailed>;
  /** How often somebody showed a password. */
  readonly signIns: number;
}

export interface MailServerOptions {
  /** Addresses that it does not take. */
  unknown?: string[];
  /** Refuses this many messages before it takes one. */
  refusals?: number;
}

const mailUser = 'mailer';
export const mailPassword = 'p@ss word';

/** A mail server that wants a sign-in, on loopback; ends with the test. */
export async function startMailServer({ unknown = [], refusals = 0 }: MailServerOptions = {}): Promise<MailServer> {
  const inbox = new Inbox<Mailed>();
  let refused = 0;
  let signIns = 0;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      signIns += 1;
      if (username === mailUser && password === mailPassword) done(null, { user: username });
      else done(new Error('Invalid username or password'));
    },
    onRcptTo({ address }, _session, done) {
      done(unknown.includes(address) ? new Error(`${address} is unknown`) : null);
    },
    onData(stream, { envelope, user }, done) {
      text(stream).then((raw) => {
        if (refused++ < refusals) return done(new Error('try later'));
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const to = envelope.rcptTo.map(({ address }) => address);
        inbox.add({ from, to, user: user ? String(user) : null, source: decoded(raw) });
        done(null);
      }, done);
    },
  });
  server.on('error', () => {}); // a client that goes away
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = listener.address() as AddressInfo;
  return {
    url: `smtp://${mailUser}:${encodeURIComponent(mailPassword)}@127.0.0.1:${port}`,
    inbox,
    get signIns() {
      return signIns;
    },
  };
}

const decoded = (raw: string): string =>
  raw
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
