import type { ResultOf } from '../data/graphql.ts';
import { Copyable } from '../design/copyable.tsx';
import { Callout } from '../design/states.tsx';
import { leadsOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import type { ConnectMutation } from './connect-mutation.ts';

export type Connected = Extract<ResultOf<typeof ConnectMutation>['connect'], { __typename: 'ConnectSuccess' }>;

/** What connecting did: the account, what flows now, and what is shown this once. `before`: the account that it was. */
export function ConnectedNote({ connected, before }: { connected: Connected; before: string | null }) {
  const { integration, receipt, accountChanged, webhookSecret, previousSecretUntil } = connected;
  const clock = useClock();
  const needsMapping = integration.syncMode.holds.includes('NO_MAPPING');
  return (
    <div className="stack">
      {integration.connection.account && <p>Connected to {integration.connection.account}.</p>}
      {accountChanged && (
        <Callout tone="queued" icon="alert">
          <strong>This is another account than before{before && `, which was ${before}`}.</strong> So the mode is Manual
          now, and nothing leaves by itself: look at the mappings, the campaigns and what waits before you let it go.
        </Callout>
      )}
      {webhookSecret && (
        <Copyable
          label="Signing secret"
          value={webhookSecret}
          hint="Shown this once. The receiver checks the signatures of deliveries with it."
          copied="The secret is copied."
        />
      )}
      {previousSecretUntil && (
        <Callout icon="clock">
          Deliveries are signed with the old secret as well until {clock.time(previousSecretUntil)}: give the receiver
          the new one by then.
        </Callout>
      )}
      {receipt.released > 0 && <p>{leadsOf(receipt.released)} that waited are on their way.</p>}
      {receipt.held > 0 && <p>{leadsOf(receipt.held)} wait.</p>}
      {needsMapping && <p>Nothing leaves yet: say on the Mapping tab what goes where.</p>}
    </div>
  );
}
