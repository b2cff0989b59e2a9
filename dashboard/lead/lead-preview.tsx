import { useState } from 'react';
import { useQuery } from 'urql';
import { messageOf } from '../data/client.ts';
import { Button } from '../design/button.tsx';
import { Callout, Loading, Trouble } from '../design/states.tsx';
import { wordsOf } from '../words/enums.ts';
import { type Change, LeadPreviewQuery, type Preview } from './lead-preview-query.ts';
import type { LeadItem } from './lead-query.ts';

/** What a push would send now. It is looked up when somebody wants to see it: the vendor is asked for what it has. */
export function LeadPreview({ item }: { item: LeadItem }) {
  const [shown, setShown] = useState(false);
  if (!item.availableActions.some((action) => action === 'PREVIEW')) return null;
  return (
    <section className="stack tight" aria-labelledby="preview">
      <h3 id="preview">What a push would send</h3>
      {shown ? (
        <Shown key={`${item.version} ${item.lead.revision}`} item={item} />
      ) : (
        <div className="cluster spread">
          <p className="small muted">
            Asks {item.integration.name} what it has of this lead, and writes nothing. What is typed above and not saved
            is not in it.
          </p>
          <Button small onPress={() => setShown(true)}>
            Show the preview
          </Button>
        </div>
      )}
    </section>
  );
}

function Shown({ item }: { item: LeadItem }) {
  const [{ data, error, fetching }, ask] = useQuery({
    query: LeadPreviewQuery,
    variables: { integrationId: item.integration.id, itemId: item.id },
    requestPolicy: 'network-only',
  });
  const again = () => ask({ requestPolicy: 'network-only' });
  const preview = data?.previewPush[0];
  if (fetching) return <Loading what="the preview" />;
  if (error) return <Trouble message={messageOf(error)} onRetry={again} />;
  if (!preview) return <p className="small muted">The lead has moved meanwhile: there is nothing to push.</p>;
  return <Content preview={preview} vendor={item.integration.name} />;
}

function Content({
  preview: { kind, payload, changes, problems, membership },
  vendor,
}: {
  preview: Preview;
  vendor: string;
}) {
  const kept = changes.filter(({ written }) => !written).length;
  const nothing = Object.keys(payload as object).length === 0;
  const kinds: Record<string, string> = {
    CREATE: `${vendor} has no such record: a new one is made.`,
    UPDATE: `${vendor} has the record: it is changed.`,
    UNKNOWN: `${vendor} can not be asked, or did not answer just now: what it has is not known.`,
  };
  return (
    <div className="stack tight" data-preview={kind}>
      {problems.map((problem) => (
        <Callout key={`${problem.category} ${problem.message}`} tone="failed" icon="alert">
          <strong>{wordsOf(problem.category)}</strong>
          <p>{problem.message}</p>
          <a className="small" href={problem.helpUrl} target="_blank" rel="noopener">
            How to fix it
          </a>
        </Callout>
      ))}
      <p>
        {problems.length > 0 ? 'As it is, it would fail like this. Otherwise: ' : ''}
        {nothing ? 'Nothing is sent: the vendor has this very record already.' : kinds[kind]}
        {membership &&
          ` Then it becomes a member of ${membership.campaignId}${membership.memberStatus ? `, as ${membership.memberStatus}` : ''}.`}
      </p>
      {changes.length > 0 && <Changes changes={changes} known={kind === 'UPDATE'} />}
      {kept > 0 && <p className="small muted">Kept: mapped as “Write if blank”, and the vendor has a value.</p>}
      <details className="attempt">
        <summary>Exactly what the vendor gets</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard */}
        <pre tabIndex={0}>{JSON.stringify(payload, null, 2)}</pre>
      </details>
    </div>
  );
}

/** Field by field: what is there, what the lead says, and which of the two it will be. */
function Changes({ changes, known }: { changes: readonly Change[]; known: boolean }) {
  return (
    <table className="changes">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {known && <th scope="col">There now</th>}
          <th scope="col">This lead</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ remoteField, old, new: next, written }) => (
          <tr key={remoteField} data-written={written}>
            <th scope="row">
              <code>{remoteField}</code>
            </th>
            {known && (
              <td className={written && old !== null && old !== next ? 'replaced' : undefined}>
                {old ?? <em>blank</em>}
              </td>
            )}
            <td>
              {next ?? <em>blank</em>}
              {!written && <span className="badge">Kept as it is</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
