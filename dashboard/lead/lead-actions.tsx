import { useState } from 'react';
import { useRoleBarrier } from '../app/sluice.ts';
import { Button } from '../design/button.tsx';
import { EraseDialog } from './erase-dialog.tsx';
import type { LeadItem } from './lead-query.ts';
import { MoveDialog } from './move-dialog.tsx';
import { useWithdrawal } from './withdrawal.ts';

interface LeadActionsProps {
  item: LeadItem;
  onChanged(): void;
}

/** What can be done to a lead besides mending and pushing it: another event, off the list and back, erased for good. */
export function LeadActions({ item, onChanged }: LeadActionsProps) {
  const [asked, setAsked] = useState<'move' | 'erase' | null>(null);
  const { withdraw, restore } = useWithdrawal(item.integration.id);
  const barrier = useRoleBarrier();
  const may = (action: string) => item.availableActions.some((known) => known === action);
  const run = async (change: typeof withdraw) => {
    if (await change([item.id])) onChanged();
  };
  const erased = item.lead.erasedAt !== null;
  if (erased && asked === null) return null;
  return (
    <section className="cluster tight lead-actions" aria-label="More">
      {!erased && (
        <>
          <Button small disabledBecause={barrier('OPERATOR')} onPress={() => setAsked('move')}>
            Move to another event
          </Button>
          {may('RESTORE') ? (
            <Button small onPress={() => void run(restore)}>
              Put back onto the list
            </Button>
          ) : (
            <Button
              small
              disabledBecause={
                barrier('OPERATOR') ??
                (may('WITHDRAW')
                  ? null
                  : 'It is with the vendor right now. It can be taken off as soon as the answer is there.')
              }
              onPress={() => void run(withdraw)}
            >
              Take off the list
            </Button>
          )}
          <Button
            small
            kind="danger"
            className="push-end"
            disabledBecause={barrier('ADMIN')}
            onPress={() => setAsked('erase')}
          >
            Erase the person
          </Button>
        </>
      )}
      {asked === 'move' && <MoveDialog item={item} onMoved={onChanged} onClose={() => setAsked(null)} />}
      {asked === 'erase' && <EraseDialog item={item} onErased={onChanged} onClose={() => setAsked(null)} />}
    </section>
  );
}
