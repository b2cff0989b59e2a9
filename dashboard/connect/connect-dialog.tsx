import { useState } from 'react';
import { useLocation } from 'wouter';
import { Button } from '../design/button.tsx';
import { ModalDialog } from '../design/layer.tsx';
import { pathOf } from '../integration/paths.ts';
import { wordsOf } from '../words/enums.ts';
import { ConnectForm } from './connect-form.tsx';
import type { ConnectableVendor } from './connectable-vendor.ts';
import { type Connected, ConnectedNote } from './connected-note.tsx';
import { VendorChoice } from './vendor-choice.tsx';
import { vendors } from './vendors/index.ts';
import './connect.css';

/** An integration that is connected again. */
export interface Again {
  id: string;
  name: string;
  vendor: string;
  version: number;
  account: string | null;
}

export interface ConnectDialogProps {
  /** Absent: a new one. */
  again?: Again;
  /** Of the new one, where it has been chosen already. */
  vendor?: ConnectableVendor | undefined;
  onClose(): void;
}

/** Choose a tool, give its credentials or sign in there, see what came of it. */
export function ConnectDialog({ again, vendor: given, onClose }: ConnectDialogProps) {
  const [vendor, setVendor] = useState<ConnectableVendor | null>(
    given ?? vendors.find((known) => known.vendor === again?.vendor) ?? null,
  );
  const [connected, setConnected] = useState<Connected | null>(null);
  const [before] = useState(again?.account ?? null); // while the dialog is open the page hears of the new one
  if (connected) {
    return (
      <ModalDialog title={`${connected.integration.name} is connected`} onClose={onClose} asks>
        <ConnectedNote connected={connected} before={before} />
        <WhatNow connected={connected} isNew={!again} onClose={onClose} />
      </ModalDialog>
    );
  }
  if (!vendor) {
    return (
      <ModalDialog title="Connect a tool" onClose={onClose} wide>
        <VendorChoice onChoose={setVendor} />
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
        onBack={again || given ? onClose : () => setVendor(null)}
      />
    </ModalDialog>
  );
}

interface WhatNowProps {
  connected: Connected;
  isNew: boolean;
  onClose(): void;
}

/** A new integration is set up next, where the vendor needs that. */
function WhatNow({ connected: { integration }, isNew, onClose }: WhatNowProps) {
  const [, navigate] = useLocation();
  const needsMapping = integration.syncMode.holds.includes('NO_MAPPING');
  if (!isNew && !needsMapping) {
    return (
      <div className="answers">
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    );
  }
  return (
    <div className="answers">
      <Button onPress={onClose}>Done</Button>
      <Button
        kind="primary"
        onPress={() => {
          onClose();
          navigate(pathOf(integration.id, needsMapping ? 'mapping' : 'connect'));
        }}
      >
        {needsMapping ? 'Map fields' : 'Open it'}
      </Button>
    </div>
  );
}
