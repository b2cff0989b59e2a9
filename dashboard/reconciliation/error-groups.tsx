import type { ErrorGroup } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { wordsOf } from '../words/enums.ts';
import { numberOf } from '../words/numbers.ts';
import { useRetries } from './retries.tsx';

interface ErrorGroupsProps {
  groups: readonly ErrorGroup[];
  eventId: string | null;
  category: string | null;
  onChoose(category: string | null): void;
}

/** What failed, by cause: what it means, what to do about it, and the retry of all that share it. */
export function ErrorGroups({ groups, eventId, category, onChoose }: ErrorGroupsProps) {
  const { barrier, retry } = useRetries();
  if (groups.length === 0) return null;
  return (
    <ul className="error-groups" aria-label="Causes">
      {groups.map((group) => {
        const chosen = group.category === category;
        return (
          <li key={group.category} className="card error-group" data-chosen={chosen}>
            <header>
              <h3>
                <span className="error-count">{numberOf(group.count)}</span> {wordsOf(group.category)}
              </h3>
              <a
                href={group.helpUrl}
                target="_blank"
                rel="noopener"
                className="button quiet small"
                aria-label={`Help: ${wordsOf(group.category)}`}
              >
                <Icon name="help" /> Help
              </a>
            </header>
            <p>{group.description}</p>
            <p className="muted">{group.fix}</p>
            <footer className="cluster tight">
              <Button
                small
                icon="retry"
                kind="primary"
                disabledBecause={barrier}
                label={`Retry ${numberOf(group.count)}: ${wordsOf(group.category)}`}
                onPress={() =>
                  void retry({ filter: { group: 'FAILED', category: group.category, ...(eventId && { eventId }) } })
                }
              >
                Retry {numberOf(group.count)}
              </Button>
              <Button small pressed={chosen} onPress={() => onChoose(chosen ? null : group.category)}>
                {chosen ? 'Show all' : 'Show these'}
              </Button>
            </footer>
          </li>
        );
      })}
    </ul>
  );
}
