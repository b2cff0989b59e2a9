import type { ResultOf } from '../data/graphql.ts';
import { Button } from '../design/button.tsx';
import { Callout } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { leadsOf } from '../words/numbers.ts';
import type { ConnectMutation } from './connect-mutation.ts';

export type Connected = Extract<ResultOf<typeof ConnectMutation>['connect'], { __typename: 'ConnectSuccess' }>;

/** What connecting did: the account, what flows now, and what is shown this once. */
export function ConnectedNote({ connected }: { connected: Connected }) {
  const { integration, receipt, accountChanged, webhookSecret } = connected;
  const needsMapping = integration.syncMode.holds.includes('NO_MAPPING');
  return (
    <div className="stack">
      {integration.connection.account && <p>Connected to {integration.connection.account}.</p>}
      {accountChanged && (
        <Callout tone="queued" icon="alert">
          This is another account than before, so the mode is Manual now: look at what waits before you let it go.
        </Callout>
      )}
      {webhookSecret && (
        <div className="field">
          <label htmlFor="webhook-secret">Signing secret</label>
          <div className="cluster tight no-wrap">
            <input
              id="webhook-secret"
              className="input"
              readOnly
              value={webhookSecret}
              onFocus={(event) => event.target.select()}
            />
            <Button
              icon="copy"
              onPress={() =>
                void navigator.clipboard.writeText(webhookSecret).then(() => toast('The secret is copied.'))
              }
            >
              Copy
            </Button>
          </div>
          <span className="hint">Shown this once. The receiver checks the signatures of deliveries with it.</span>
        </div>
      )}
      {receipt.released > 0 && <p>{leadsOf(receipt.released)} that waited are on their way.</p>}
      {receipt.held > 0 && <p>{leadsOf(receipt.held)} wait.</p>}
      {needsMapping && <p>Nothing leaves yet: say on the Mapping tab what goes where.</p>}
    </div>
  );
}
