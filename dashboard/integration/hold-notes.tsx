import { useState } from 'react';
import { Link } from 'wouter';
import { useRoleBarrier } from '../app/sluice.ts';
import { LazyConnectDialog } from '../connect/lazy-connect-dialog.tsx';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Callout } from '../design/states.tsx';
import { flowWords, holdWords, wordsOf } from '../words/enums.ts';
import { leadsOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import { pathOf } from './paths.ts';

/** Everything that is in the way of leads now, and the way to what ends it. */
export function HoldNotes({ integration, tab }: { integration: IntegrationCard; tab: string }) {
  const { id, name, vendor, connection, syncMode, flow, reconciliation } = integration;
  const clock = useClock();
  const [connecting, setConnecting] = useState(false);
  const barrier = useRoleBarrier()('ADMIN');
  const { frozen } = reconciliation.counts;
  // A short pause comes and goes: it is a badge beside the name, and moves nothing.
  const flowing = flow.state === 'THROTTLED' ? undefined : flowWords[flow.state];
  return (
    <>
      {syncMode.holds.map((hold) => (
        <Callout
          key={hold}
          tone={hold === 'MANUAL_MODE' ? 'frozen' : 'failed'}
          icon={hold === 'MANUAL_MODE' ? 'hold' : 'alert'}
        >
          <p>
            {holdWords[hold] ?? wordsOf(hold)}{' '}
            {frozen > 0 && (
              <strong>
                {leadsOf(frozen)} {frozen === 1 ? 'waits' : 'wait'}.{' '}
              </strong>
            )}
            {remedyOf(hold, tab) && !connectionHolds.has(hold) && (
              <Link href={pathOf(id, remedyOf(hold, tab))}>{hold === 'NO_MAPPING' ? 'Map fields' : 'Change that'}</Link>
            )}
          </p>
          {connection.problem && connectionHolds.has(hold) && <p className="small muted">{connection.problem}</p>}
          {connectionHolds.has(hold) && tab !== 'connect' && (
            <Button
              small
              icon="key"
              className="hold-action"
              disabledBecause={barrier}
              onPress={() => setConnecting(true)}
            >
              Connect again
            </Button>
          )}
        </Callout>
      ))}
      {connecting && (
        <LazyConnectDialog
          again={{ id, name, vendor, version: syncMode.version, account: connection.account }}
          onClose={() => setConnecting(false)}
        />
      )}
      {flowing && (
        <Callout tone={flow.state === 'VENDOR_DOWN' ? 'failed' : 'queued'} icon="clock">
          <p>
            {flowing}
            {flow.resumesAt && ` at ${clock.time(flow.resumesAt)}`}.
          </p>
        </Callout>
      )}
    </>
  );
}

const connectionHolds = new Set<string>(['NEEDS_AUTHORIZATION', 'NO_PERMISSION', 'ENDPOINT_GONE', 'DISCONNECTED']);

/** The tab where it ends; none where one is there already. */
function remedyOf(hold: string, tab: string): string | undefined {
  const remedy = hold === 'NO_MAPPING' ? 'mapping' : 'connect';
  return remedy === tab ? undefined : remedy;
}
