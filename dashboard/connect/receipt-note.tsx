import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { leadsOf } from '../words/numbers.ts';
import { useClock } from '../words/time.ts';
import type { Receipt } from './setting-mutations.ts';

export interface Given {
  /** What it was: `Manual`, `Disabled`. */
  title: string;
  at: Date;
  receipt: Receipt;
}

/** What a change of the setting did, as the server decided it in the same moment. */
export function ReceiptNote({ given, onClose }: { given: Given; onClose(): void }) {
  const { title, at, receipt } = given;
  const clock = useClock();
  const parts = [
    receipt.held > 0 && `${leadsOf(receipt.held)} held`,
    receipt.released > 0 && `${leadsOf(receipt.released)} released`,
    receipt.inFlight > 0 && `${leadsOf(receipt.inFlight)} under way at the time, which still arrive`,
  ].filter(Boolean);
  return (
    <div className="callout receipt" role="status">
      <Icon name="check" />
      <div>
        <strong>
          {title} since {clock.time(at)}
        </strong>
        <p>{parts.length > 0 ? `${parts.join(', ')}.` : 'No lead was waiting.'}</p>
      </div>
      <Button kind="quiet" small icon="close" label="Dismiss" onPress={onClose} />
    </div>
  );
}
