import { useEffect } from 'react';
import { type AnyVariables, type UseQueryArgs, useQuery } from 'urql';
import { useSluice } from './sluice.ts';

/** A query that is asked again when a lost connection is back: no stream may have told what changed meanwhile. */
export function useLiveQuery<Data, Variables extends AnyVariables>(args: UseQueryArgs<Variables, Data>) {
  const { socket } = useSluice();
  const [result, execute] = useQuery(args);
  useEffect(() => socket.connection.onBack(() => execute({ requestPolicy: 'network-only' })), [socket, execute]);
  return [result, () => execute({ requestPolicy: 'network-only' })] as const;
}
