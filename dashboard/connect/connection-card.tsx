import { useState } from 'react';
import { useRoleBarrier } from '../app/sluice.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Badge } from '../design/status.tsx';
import { wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { DeleteQuestion } from './delete-question.tsx';
import { LazyConnectDialog } from './lazy-connect-dialog.tsx';
import { RenameDialog } from './rename-dialog.tsx';

interface ConnectionCardProps {
  integration: IntegrationCard;
  onAsk(asked: 'DISCONNECT'): void;
}

/** As whom it is connected, what it is called, and the ways to change or end that. */
export function ConnectionCard({ integration, onAsk }: ConnectionCardProps) {
  const [open, setOpen] = useState<'CONNECT' | 'RENAME' | 'DELETE' | null>(null);
  const barrier = useRoleBarrier()('ADMIN');
  const clock = useClock();
  const { id, name, vendor, connection, syncMode } = integration;
  const connected = connection.status !== 'DISCONNECTED';
  const close = () => setOpen(null);
  return (
    <section className="card stack" aria-labelledby="connection">
      <div className="cluster spread">
        <h2 id="connection">Connection</h2>
        <Badge value={connection.status} />
      </div>
      <dl className="facts">
        <div>
          <dt>Name</dt>
          <dd>
            {name}{' '}
            <Button small kind="quiet" disabledBecause={barrier} onPress={() => setOpen('RENAME')}>
              Rename
            </Button>
          </dd>
        </div>
        <div>
          <dt>Vendor</dt>
          <dd>{wordsOf(vendor)}</dd>
        </div>
        <div>
          <dt>{connected ? 'Account' : 'Last account'}</dt>
          <dd>{connection.account ?? 'not told by the vendor'}</dd>
        </div>
        {connection.connectedAt && (
          <div>
            <dt>Connected</dt>
            <dd>
              {clock.full(connection.connectedAt)}
              {connection.connectedBy && <> by {connection.connectedBy}</>}
            </dd>
          </div>
        )}
      </dl>
      <div className="cluster">
        <Button
          icon="key"
          kind={connection.status === 'CONNECTED' ? undefined : 'primary'}
          disabledBecause={barrier}
          onPress={() => setOpen('CONNECT')}
        >
          {connection.status === 'CONNECTED' ? 'Connect with other credentials' : 'Connect again'}
        </Button>
        {connected ? (
          <Button icon="plug" kind="danger" disabledBecause={barrier} onPress={() => onAsk('DISCONNECT')}>
            Disconnect
          </Button>
        ) : (
          <Button icon="trash" kind="danger" disabledBecause={barrier} onPress={() => setOpen('DELETE')}>
            Delete
          </Button>
        )}
      </div>
      {open === 'CONNECT' && (
        <LazyConnectDialog
          again={{ id, name, vendor, version: syncMode.version, account: connection.account }}
          onClose={close}
        />
      )}
      {open === 'RENAME' && <RenameDialog id={id} name={name} onClose={close} />}
      {open === 'DELETE' && <DeleteQuestion integration={integration} onClose={close} />}
    </section>
  );
}
