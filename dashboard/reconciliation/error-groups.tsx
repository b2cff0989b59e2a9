import type { ErrorGroup } from '../data/integration-card.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { wordsOf } from '../words/enums.ts';
import { leadsOf, numberOf } from '../words/numbers.ts';
import { type GroupDetails, useGroupDetails } from './group-details.ts';
import { useRetries } from './retries.tsx';

interface ErrorGroupsProps {
  integrationId: string;
  groups: readonly ErrorGroup[];
  eventId: string | null;
  category: string | null;
  onChoose(category: string | null): void;
}

/** What failed, by cause: what it means, what to do about it, and the retry of all that share it. */
export function ErrorGroups({ integrationId, groups, eventId, category, onChoose }: ErrorGroupsProps) {
  const { barrier, ask, retry } = useRetries();
  const counts = groups.map(({ category: name, count }) => `${name} ${count}`).join();
  const details = useGroupDetails(integrationId, eventId, counts);
  if (groups.length === 0) return null;
  return (
    <ul className="error-groups" aria-label="Causes">
      {groups.map((group) => {
        const chosen = group.category === category;
        const known = details.get(group.category);
        const passing = known && known.wouldPassNow < group.count ? known.wouldPassNow : 0;
        const filter = { group: 'FAILED' as const, category: group.category, ...(eventId && { eventId }) };
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
            {known && <FieldNotes details={known} />}
            <footer className="cluster tight">
              <Button
                small
                icon="retry"
                kind="primary"
                disabledBecause={barrier}
                label={`Retry ${numberOf(group.count)}: ${wordsOf(group.category)}`}
                onPress={() =>
                  ask({
                    title: `Retry ${leadsOf(group.count)}: ${wordsOf(group.category)}?`,
                    verb: 'Retry',
                    count: group.count,
                    select: { filter },
                  })
                }
              >
                Retry {numberOf(group.count)}
              </Button>
              {passing > 0 && (
                <Button small disabledBecause={barrier} onPress={() => void retry({ filter }, { onlyPassing: true })}>
                  {`Retry the ${numberOf(passing)} that would pass now`}
                </Button>
              )}
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

/** What the refusals of a group name most. */
function FieldNotes({ details: { fields, repeated } }: { details: GroupDetails }) {
  return (
    <>
      {fields.length > 0 && (
        <ul className="field-notes">
          {fields.slice(0, 3).map((field) => (
            <li key={field.remoteField}>
              <code>{field.remoteField}</code> {numberOf(field.count)}
              {field.values.length > 0 && (
                <span className="muted wrap-anywhere">
                  {' '}
                  {field.values.map(({ value, count }) => `${value} (${numberOf(count)})`).join(', ')}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {repeated > 0 && <p className="small">{leadsOf(repeated)} failed again for the same cause after a retry.</p>}
    </>
  );
}
