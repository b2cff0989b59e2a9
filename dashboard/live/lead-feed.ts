import { stringifyDocument } from 'urql';
import { graphql, type ResultOf } from '../data/graphql.ts';
import { workRow } from '../data/work-row.ts';
import { FrameQueue } from './frame-queue.ts';
import type { Socket } from './socket.ts';

const LeadStatusesChanged = graphql(
  `
  subscription LeadStatusesChanged($integrationId: ID!, $eventId: ID, $after: Cursor!) {
    leadStatusesChanged(integrationId: $integrationId, eventId: $eventId, after: $after, maxBatch: 500) {
      cursor
      caughtUp
      transitions { id itemVersion item { ...WorkRow } }
    }
  }
`,
  [workRow],
);

type Batch = ResultOf<typeof LeadStatusesChanged>['leadStatusesChanged'];
export type Transition = Batch['transitions'][number];

export interface LeadFeedOptions {
  integrationId: string;
  /** Null: leads of all events. */
  eventId: string | null;
  /** The cursor of the snapshot that is shown. */
  after: string;
  /** Once per frame, in commit order. */
  onTransitions(transitions: Transition[]): void;
  /** The log does not reach back to the cursor any more: a new snapshot is needed. The feed has ended. */
  onLost(): void;
}

/** Follows the log behind a snapshot, and after a lost connection goes on where it was. Returns how to end it. */
export function followLeads(socket: Socket, options: LeadFeedOptions): () => void {
  const { connection } = socket;
  const feed = {};
  const queue = new FrameQueue(options.onTransitions);
  // The client sends this very object again when it has connected again: moving the cursor in it is how the feed resumes.
  const variables = { integrationId: options.integrationId, eventId: options.eventId, after: options.after };
  const payload = { query: stringifyDocument(LeadStatusesChanged), variables };
  let unsubscribe = () => {};
  let ended = false;

  const end = () => {
    ended = true;
    connection.setBehind(feed, false);
    queue.stop();
    unsubscribe();
  };
  const subscribe = () => {
    unsubscribe = socket.subscribe(payload, {
      next: ({ data, errors }) => {
        const batch = (data as { leadStatusesChanged: Batch } | null | undefined)?.leadStatusesChanged;
        if (batch) take(batch);
        else if (errors) resume(errors);
      },
      error: (error) => resume(Array.isArray(error) ? error : []),
      complete: () => {},
    });
  };
  const take = ({ transitions, cursor, caughtUp }: Batch) => {
    variables.after = cursor;
    queue.push(transitions);
    connection.setBehind(feed, !caughtUp);
  };
  const resume = (errors: readonly { extensions?: Record<string, unknown> }[]) => {
    if (ended) return;
    const { code, cursor } = errors[0]?.extensions ?? {};
    if (code === 'SLOW_CONSUMER' && typeof cursor === 'string') {
      variables.after = cursor;
      subscribe();
    } else if (code === 'NOT_FOUND' || code === 'FORBIDDEN') end();
    else {
      end();
      options.onLost();
    }
  };
  subscribe();
  return end;
}
