import { useConnection } from '../live/connection.ts';
import { useClock } from '../words/time.ts';
import { useSluice } from './sluice.ts';

/** Whether what is shown is live; at the top of every page, and told to screen readers when it changes. */
export function ConnectionSign() {
  const connection = useConnection(useSluice().socket.connection);
  const clock = useClock();
  const [tone, words] = {
    connecting: ['neutral', 'Connecting …'],
    live: ['cleared', 'Live'],
    'catching-up': ['queued', 'Catching up …'],
    offline: ['failed', connection.state === 'offline' ? `Offline since ${clock.time(connection.since)}` : ''],
  }[connection.state] as [string, string];
  return (
    <p className={`badge tone-${tone}`} role="status" id="live" data-state={connection.state}>
      {words}
      {connection.state === 'offline' && <span className="wide-only">, connecting again</span>}
    </p>
  );
}
