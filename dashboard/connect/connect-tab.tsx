import { useState } from 'react';
import { useRoleBarrier } from '../app/sluice.ts';
import type { IntegrationCard } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { wordsOf } from '../words/enums.ts';
import { useClock } from '../words/time.ts';
import { ChangeHistory } from './change-history.tsx';
import { ConnectionCard } from './connection-card.tsx';
import { ModeChoice } from './mode-choice.tsx';
import { type Given, ReceiptNote } from './receipt-note.tsx';
import { type Asked, SettingQuestion } from './setting-question.tsx';
import './connect.css';

/** The setting: whether leads leave by themselves, whether anything leaves at all, and as whom. */
export function ConnectTab({ integration }: { integration: IntegrationCard }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [given, setGiven] = useState<Given | null>(null);
  const barrier = useRoleBarrier();
  const clock = useClock();
  const { id, name, syncMode } = integration;
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
          <ConnectionCard integration={integration} onAsk={setAsked} />
          <ChangeHistory integrationId={id} version={syncMode.version} name={name} />
        </div>
      </div>
      {asked && (
        <SettingQuestion asked={asked} integration={integration} onGiven={setGiven} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}
