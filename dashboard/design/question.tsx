import { Fragment, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { ModalDialog } from './layer.tsx';

export interface Answer {
  label: string;
  kind?: 'primary' | 'danger solid';
  /** Resolves when it is done; the question closes then, unless this gives false. */
  act(reason: string): Promise<boolean | undefined> | undefined;
}

interface QuestionProps {
  title: string;
  children?: ReactNode;
  /** What stops, what goes on, where leads wait ...: term and words. */
  consequences?: readonly (readonly [string, ReactNode])[];
  answers: readonly Answer[];
  /** Asks why, for the history. */
  withReason?: boolean;
  onClose(): void;
}

/** Asks before something happens. Enter alone changes nothing: the focus is not on an answer. */
export function Question({ title, children, consequences = [], answers, withReason = false, onClose }: QuestionProps) {
  const [pending, setPending] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const choose = async ({ label, act }: Answer) => {
    setPending(label);
    const done = await act(reason.trim());
    setPending(null);
    if (done !== false) onClose();
  };
  return (
    <ModalDialog title={title} onClose={onClose} asks>
      <div className="stack">
        {children}
        {consequences.length > 0 && (
          <dl className="consequences">
            {consequences.map(([term, words]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        )}
        {withReason && (
          <div className="field">
            <label htmlFor="question-reason">Reason, for the history (optional)</label>
            <input
              id="question-reason"
              className="input"
              maxLength={1000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
        )}
      </div>
      <div className="answers">
        <Button onPress={onClose}>Cancel</Button>
        {answers.map((answer) => (
          <Fragment key={answer.label}>
            <Button
              kind={answer.kind}
              pending={pending === answer.label}
              onPress={() => {
                if (pending === null) void choose(answer);
              }}
            >
              {answer.label}
            </Button>
          </Fragment>
        ))}
      </div>
    </ModalDialog>
  );
}
