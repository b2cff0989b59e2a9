import { wordsOf } from '../words/enums.ts';
import type { ConnectableVendor } from './connectable-vendor.ts';
import { VendorTile } from './vendor-tile.tsx';
import { categories, vendors } from './vendors/index.ts';

/** Every tool that can be connected, by kind. */
export function VendorChoice({ onChoose }: { onChoose(vendor: ConnectableVendor): void }) {
  return (
    <div className="stack">
      {categories.map((category) => (
        <section key={category} className="stack tight" aria-label={wordsOf(category)}>
          <h3 className="small muted">{wordsOf(category)}</h3>
          <ul className="vendor-tiles">
            {vendors
              .filter((known) => known.category === category)
              .map((known) => (
                <li key={known.vendor}>
                  <VendorTile vendor={known} onChoose={() => onChoose(known)} />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
