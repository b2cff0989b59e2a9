import { type SubmitEvent, useState } from 'react';
import { Button } from '../design/button.tsx';

/** Maps a qualifier by its name before any lead carries it, for an event to come. */
export function NewQualifier({ barrier, onAdd }: { barrier: string | null; onAdd(name: string): void }) {
  const [name, setName] = useState('');
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    if (barrier || !name.trim()) return;
    onAdd(name.trim());
    setName('');
  };
  return (
    <form className="new-qualifier" onSubmit={add}>
      <label htmlFor="new-qualifier" className="small muted">
        One that no lead carries yet, exactly as it will be asked
      </label>
      <div className="cluster tight">
        <input
          id="new-qualifier"
          className="input"
          placeholder="Lead Type"
          value={name}
          readOnly={barrier !== null}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" icon="plus" disabledBecause={barrier}>
          Add a qualifier
        </Button>
      </div>
    </form>
  );
}
