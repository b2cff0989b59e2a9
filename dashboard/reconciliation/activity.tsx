import { useEffect, useState } from 'react';
import { ensureKnownLanguage } from '../app/known-language.ts';
import { useLiveQuery } from '../app/live-query.ts';
import { part } from '../app/part.tsx';
import { graphql, type ResultOf } from '../data/graphql.ts';
import { Safe } from '../design/safe.tsx';
import { Segments } from '../design/segments.tsx';
import { durationOf, leadsOf, numberOf } from '../words/numbers.ts';

const TimeLine = part(
  async () => {
    ensureKnownLanguage();
    return (await import('../charts/time-line.tsx')).TimeLine;
  },
  <div className="time-line" />,
);

const ActivityQuery = graphql(`
  query Activity($id: ID!, $eventId: ID, $minutes: Int!) {
    integration(id: $id) {
      id
      activity(eventId: $eventId, minutes: $minutes) { at captured cleared failed latencyP50Ms latencyP95Ms }
    }
  }
`);

type Point = NonNullable<ResultOf<typeof ActivityQuery>['integration']>['activity'][number];
type Shown = 'throughput' | 'latency';

const choices = [
  { value: 'throughput', label: 'Throughput' },
  { value: 'latency', label: 'Latency' },
] as const;

const minutes = 60;
const freshMs = 5_000;

/** The last hour, minute by minute: how much came and went, or how long it took. */
export function Activity({ integrationId, eventId }: { integrationId: string; eventId: string | null }) {
  const [shown, setShown] = useState<Shown>('throughput');
  const variables = { id: integrationId, eventId, minutes };
  const [{ data }, reload] = useLiveQuery({ query: ActivityQuery, variables });
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, freshMs);
    return () => clearInterval(timer);
  });
  const points = data?.integration?.activity ?? [];
  return (
    <figure className="summary-activity">
      <figcaption>
        <h2>The last hour</h2>
        <Segments label="Show" value={shown} options={choices} onChoose={(next: Shown) => setShown(next)} />
      </figcaption>
      <Safe instead={null}>
        <TimeLine
          at={points.map(({ at }) => Date.parse(at) / 1_000)}
          lines={shown === 'throughput' ? throughputOf(points) : latencyOf(points)}
          labelOf={shown === 'throughput' ? numberOf : durationOf}
        />
      </Safe>
      <p className="small muted">{wordsOf(points, shown)}</p>
    </figure>
  );
}

const throughputOf = (points: readonly Point[]) => [
  { label: 'Captured', tone: 'muted', values: points.map(({ captured }) => captured) },
  { label: 'Cleared', tone: 'cleared', filled: true, values: points.map(({ cleared }) => cleared) },
  { label: 'Failed', tone: 'failed', values: points.map(({ failed }) => failed) },
];

const latencyOf = (points: readonly Point[]) => [
  { label: 'Half of them', tone: 'syncing', filled: true, values: points.map(({ latencyP50Ms }) => latencyP50Ms) },
  { label: '95 of 100', tone: 'queued', values: points.map(({ latencyP95Ms }) => latencyP95Ms) },
];

function wordsOf(points: readonly Point[], shown: Shown): string {
  const sum = (name: 'captured' | 'cleared' | 'failed') => points.reduce((total, point) => total + point[name], 0);
  if (shown === 'throughput') {
    return `${leadsOf(sum('captured'))} captured (grey), ${numberOf(sum('cleared'))} cleared (green), ${numberOf(sum('failed'))} failed (red), per minute.`;
  }
  const last = points.findLast(({ latencyP50Ms }) => latencyP50Ms !== null);
  if (!last) return 'No lead has cleared for the first time in this hour.';
  return `From capture to cleared, in the last minute with a lead: half within ${durationOf(last.latencyP50Ms ?? 0)} (blue), 95 of 100 within ${durationOf(last.latencyP95Ms ?? 0)} (yellow).`;
}
