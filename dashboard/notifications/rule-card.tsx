import { useState } from 'react';
import { refusalOf, useAct } from '../app/act.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Question } from '../design/question.tsx';
import { Callout } from '../design/states.tsx';
import { toast } from '../design/toasts.tsx';
import { useClock } from '../words/time.ts';
import { DeleteRule, type Rule, SendTest, UpdateRule } from './notification-query.ts';
import { scopeOf, triggerLinesOf } from './rule-words.ts';

/** A rule: what it tells whom and when, and how its last delivery went. */
export function RuleCard({ rule, onEdit }: { rule: Rule; onEdit(): void }) {
  const { id, name, active, channel, timeZone } = rule;
  const act = useAct();
  const [pending, setPending] = useState<'test' | 'pause' | null>(null);
  const [deleting, setDeleting] = useState(false);
  const clock = useClock(timeZone);
  const tell = (result: { __typename: string; message?: string } | undefined, done: string) => {
    setPending(null);
    if (!result) return false;
    const refusal = refusalOf(result);
    toast(refusal ?? done, { wrong: refusal !== null });
    return refusal === null;
  };
  const test = async () => {
    setPending('test');
    tell((await act(SendTest, { id }))?.sendTestNotification, `The test message to ${channel.target} was taken.`);
  };
  const pause = async () => {
    setPending('pause');
    const input = { id, active: !active };
    tell(
      (await act(UpdateRule, { input }))?.updateNotificationRule,
      active ? `${name} is paused. What happens meanwhile is not told.` : `${name} tells of what happens from now on.`,
    );
  };
  return (
    <li className="card rule" data-rule={id}>
      <header>
        <span className="rule-icon">
          <Icon name={channel.kind === 'EMAIL' ? 'mail' : 'send'} />
        </span>
        <div>
          <h2>{name}</h2>
          <p className="small muted wrap-anywhere">
            {channel.kind === 'EMAIL' ? 'E-mail to' : 'Webhook at'} {channel.target}
          </p>
        </div>
        <span className={`badge tone-${active ? 'cleared' : 'neutral'}`}>{active ? 'Active' : 'Paused'}</span>
      </header>
      <ul className="rule-triggers">
        {triggerLinesOf(rule).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p className="small muted">
        {scopeOf(rule)} · clock of {timeZone}
      </p>
      {rule.lastError && (
        <Callout tone="failed" icon="alert">
          <strong>The last message could not be delivered</strong>
          <p className="wrap-anywhere">{rule.lastError}</p>
          <p className="small">What it would have told is kept, and told by the next one.</p>
        </Callout>
      )}
      <dl className="rule-state">
        <div>
          <dt>Last sent</dt>
          <dd>{rule.lastSentAt ? clock.time(rule.lastSentAt) : 'never'}</dd>
        </div>
        <div>
          <dt>{rule.lastError ? 'Tried again' : 'Next look'}</dt>
          <dd>
            {rule.nextDueAt ? clock.time(rule.nextDueAt) : active ? 'when something happens' : 'not while paused'}
          </dd>
        </div>
      </dl>
      <footer className="cluster tight">
        <Button
          small
          icon="send"
          pending={pending === 'test'}
          label={`Send a test of ${name}`}
          onPress={() => void test()}
        >
          Send a test
        </Button>
        <Button small label={`Edit ${name}`} onPress={onEdit}>
          Edit
        </Button>
        <Button
          small
          pending={pending === 'pause'}
          label={`${active ? 'Pause' : 'Resume'} ${name}`}
          onPress={() => void pause()}
        >
          {active ? 'Pause' : 'Resume'}
        </Button>
        <Button
          small
          kind="quiet"
          icon="trash"
          label={`Delete ${name}`}
          className="push-end"
          onPress={() => setDeleting(true)}
        />
      </footer>
      {deleting && (
        <Question
          title={`Delete ${name}?`}
          consequences={[
            ['Stops', `${channel.target} is not told any more.`],
            ['Is forgotten', 'The rule, its address, and what it had yet to tell.'],
            ['Instead', 'Pause it, where it shall come back.'],
          ]}
          answers={[
            {
              label: 'Delete',
              kind: 'danger solid',
              act: async () => tell((await act(DeleteRule, { id }))?.deleteNotificationRule, `${name} is deleted.`),
            },
          ]}
          onClose={() => setDeleting(false)}
        />
      )}
    </li>
  );
}
