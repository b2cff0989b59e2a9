import { toast } from '../design/toasts.tsx';
import { VendorMark } from '../design/vendor-mark.tsx';
import { wordsOf } from '../words/enums.ts';
import type { ConnectableVendor } from './connectable-vendor.ts';
import './vendor-tile.css';

interface VendorTileProps {
  vendor: ConnectableVendor;
  disabledBecause?: string | null;
  onChoose(): void;
}

/** A tool that can be connected. */
export function VendorTile({ vendor: { vendor, about }, disabledBecause, onChoose }: VendorTileProps) {
  return (
    <button
      type="button"
      className="vendor-tile"
      aria-disabled={disabledBecause ? true : undefined}
      title={disabledBecause ?? undefined}
      onClick={() => (disabledBecause ? toast(disabledBecause) : onChoose())}
    >
      <VendorMark vendor={vendor} />
      <span>
        <strong>{wordsOf(vendor)}</strong>
        <span className="small muted">{about}</span>
      </span>
    </button>
  );
}
