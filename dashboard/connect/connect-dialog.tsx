import { useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/button.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { VendorMark } from '../design/vendor-mark.tsx';
import { pathOf } from '../integration/paths.ts';
import { wordsOf } from '../words/enums.ts';
import { ConnectForm } from './connect-form.tsx';
import { type Connected, ConnectedNote } from './connected-note.tsx';
import { type ConnectableVendor, vendors } from './vendors.ts';
import './connect.css';

interface ConnectDialogProps {
  /** Connects this one again; absent: a new one. */
  again?: { id: string; name: string; vendor: string; version: number };
  onClose(): void;
}

/** Choose a tool, give its credentials, see what came of it. */
export function ConnectDialog({ again, onClose }: ConnectDialogProps) {
  const [vendor, setVendor] = useState<ConnectableVendor | null>(
    vendors.find((known) => known.vendor === again?.vendor) ?? null,
  );
  const [connected, setConnected] = useState<Connected | null>(null);
  const [, navigate] = useLocation();
  if (connected) {
    return (
      <ModalDialog title={`${connected.integration.name} is connected`} onClose={onClose} asks>
        <ConnectedNote connected={connected} />
        <div className="answers">
          {again ? (
            <Button kind="primary" onPress={onClose}>
              Done
            </Button>
          ) : (
            <>
              <Button onPress={onClose}>Done</Button>
              <Button
                kind="primary"
                onPress={() =>
                  navigate(
                    pathOf(
                      connected.integration.id,
                      connected.integration.vendor === 'WEBHOOK' ? 'connect' : 'mapping',
                    ),
                  )
                }
              >
                {connected.integration.vendor === 'WEBHOOK' ? 'Open it' : 'Map fields'}
              </Button>
            </>
          )}
        </div>
      </ModalDialog>
    );
  }
  if (!vendor) {
    return (
      <ModalDialog title="Connect a tool" onClose={onClose} wide>
        <ul className="vendor-choice">
          {vendors.map((known) => (
            <li key={known.vendor}>
              <button type="button" onClick={() => setVendor(known)}>
                <VendorMark vendor={known.vendor} />
                <span>
                  <strong>{wordsOf(known.vendor)}</strong>
                  <span className="small muted">{known.about}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      </ModalDialog>
    );
  }
  return (
    <ModalDialog
      title={again ? `Connect ${again.name} again` : `Connect ${wordsOf(vendor.vendor)}`}
      onClose={onClose}
      asks
    >
      <ConnectForm
        vendor={vendor}
        again={again}
        onConnected={setConnected}
        onBack={again ? onClose : () => setVendor(null)}
      />
    </ModalDialog>
  );
}
