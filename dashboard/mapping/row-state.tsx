import { Icon } from '../design/icon.tsx';
import './row-state.css';

/** Whether a line is saved; told to screen readers when it changes. */
export function RowState({ state }: { state: 'saved' | 'saving' | 'new' | 'refused' }) {
  return (
    <span className="row-state small" role="status" data-state={state}>
      {state === 'saving' && 'Saving …'}
      {state === 'saved' && (
        <>
          <Icon name="check" /> Saved
        </>
      )}
      {state === 'refused' && 'Not saved'}
      {state === 'new' && 'Not complete yet'}
    </span>
  );
}
