import { useState } from 'react';
import { useRoleBarrier } from '../app/sluice.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Badge } from '../design/status.tsx';
import { wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { ChangeHistory } from './change-history.tsx';
import { LazyConnectDialog } from './lazy-connect-dialog.tsx';
import { ModeChoice } from './mode-choice.tsx';
import { type Given, ReceiptNote } from './receipt-note.tsx';
import { type Asked, SettingQuestion } from './setting-question.tsx';
import './connect.css';

/** The setting: whether leads leave by themselves, whether anything leaves at all, and as whom. */
export function ConnectTab({ integration }: { integration: IntegrationCard }) {
  const [asked, setAsked] = useState<Asked | 'CONNECT' | null>(null);
  const [given, setGiven] = useState<Given | null>(null);
  const barrier = useRoleBarrier();
  const clock = useClock();
  const { id, name, vendor, connection, syncMode } = integration;
  const connected = connection.status !== 'DISCONNECTED';
  return (
    <div className="stack" data-page="connect">
      {given && <ReceiptNote given={given} onClose={() => setGiven(null)} />}
      <div className="connect-grid">
        <div className="stack">
          <section className="card stack" aria-labelledby="sync-mode">
            <div>
              <h2 id="sync-mode">Sync mode</h2>
              <p className="muted">Whether leads leave by themselves once they are enriched.</p>
            </div>
            <ModeChoice mode={syncMode.mode} disabledBecause={barrier('OPERATOR')} onChoose={setAsked} />
            {syncMode.changedBy && syncMode.changedAt && (
              <p className="small muted">
                Last changed by {syncMode.changedBy}, {clock.time(syncMode.changedAt)}.
              </p>
            )}
          </section>
          <section className="card stack" aria-labelledby="stop">
            <div>
              <h2 id="stop">{syncMode.enabled ? 'Stop everything' : 'Everything is stopped'}</h2>
              <p className="muted">
                {syncMode.enabled
                  ? 'Disable it for a long pause, or when not even a push by hand may leave. Connection, mappings and waiting leads are kept.'
                  : `It was in ${wordsOf(syncMode.mode)}. Nothing leaves until somebody enables it again.`}
              </p>
            </div>
            <div className="cluster">
              <Button
                disabledBecause={barrier('OPERATOR')}
                kind={syncMode.enabled ? undefined : 'primary'}
                onPress={() => setAsked(syncMode.enabled ? 'DISABLE' : 'ENABLE')}
              >
                {syncMode.enabled ? 'Disable' : 'Enable'}
              </Button>
            </div>
          </section>
        </div>
        <div className="stack">
          <section className="card stack" aria-labelledby="connection">
            <div className="cluster spread">
              <h2 id="connection">Connection</h2>
              <Badge value={connection.status} />
            </div>
            <dl className="facts">
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
                disabledBecause={barrier('ADMIN')}
                onPress={() => setAsked('CONNECT')}
              >
                {connection.status === 'CONNECTED' ? 'Connect with other credentials' : 'Connect again'}
              </Button>
              {connected && (
                <Button
                  icon="plug"
                  kind="danger"
                  disabledBecause={barrier('ADMIN')}
                  onPress={() => setAsked('DISCONNECT')}
                >
                  Disconnect
                </Button>
              )}
            </div>
          </section>
          <ChangeHistory integrationId={id} version={syncMode.version} />
        </div>
      </div>
      {asked === 'CONNECT' && (
        <LazyConnectDialog
          again={{ id, name, vendor, version: syncMode.version, account: connection.account }}
          onClose={() => setAsked(null)}
        />
      )}
      {asked && asked !== 'CONNECT' && (
        <SettingQuestion asked={asked} integration={integration} onGiven={setGiven} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}
