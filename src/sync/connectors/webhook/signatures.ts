import { Webhook } from 'standardwebhooks';
import type { Session } from '../connector.ts';
import type { WebhookCredentials } from './credentials.ts';

/** How long deliveries are signed with the old secret too, after another was set: until then the receiver may know either. */
const overlapMs = 24 * 3_600_000;

/** The credentials with a new secret. One that was set again, or before, is signed with once. */
export function succeed(
  before: WebhookCredentials,
  given: WebhookCredentials,
  nowMs: number,
): { credentials: WebhookCredentials; until: number | null } {
  const older = [{ secret: before.secret, until: nowMs + overlapMs }, ...(before.previous ?? [])];
  const previous = older.filter(({ secret, until }) => secret !== given.secret && until > nowMs);
  const until = previous.length > 0 ? Math.max(...previous.map((one) => one.until)) : null;
  return { credentials: { ...given, ...(previous.length > 0 && { previous }) }, until };
}

interface Signer {
  webhook: Webhook;
  until: number;
}

const signersKey = 'webhook.signers';

/** What a delivery is signed as: by the present secret first, then by those that still hold. The receiver takes any that it knows. */
export function signaturesOf(session: Session<WebhookCredentials>, id: string, at: Date, body: string): string {
  return signersOf(session)
    .filter(({ until }) => session.now() < until)
    .map(({ webhook }) => webhook.sign(id, at, body))
    .join(' ');
}

/** Decoding the secrets for every lead would cost as much as signing. */
function signersOf({ credentials, memory }: Session<WebhookCredentials>): Signer[] {
  const known = memory.get(signersKey) as Signer[] | undefined;
  if (known) return known;
  const { secret, previous = [] } = credentials;
  const signers = [{ secret, until: Number.POSITIVE_INFINITY }, ...previous].map(({ secret: own, until }) => ({
    webhook: new Webhook(own),
    until,
  }));
  memory.set(signersKey, signers);
  return signers;
}
