import { createContext, use } from 'react';
import type { ResultOf } from '../data/graphql.ts';
import { graphql } from '../data/graphql.ts';
import type { Socket } from '../live/socket.ts';

export const ViewerQuery = graphql(`
  query Viewer {
    viewer { name role organization { id name } }
  }
`);

export interface Sluice {
  socket: Socket;
  viewer: ResultOf<typeof ViewerQuery>['viewer'];
}

export const SluiceContext = createContext<Sluice | null>(null);

/** The session: who is asking, and the socket. */
export function useSluice(): Sluice {
  const sluice = use(SluiceContext);
  if (!sluice) throw new Error('nobody is signed in');
  return sluice;
}

const ranks = ['VIEWER', 'OPERATOR', 'ADMIN'];

/** Null where the viewer's role suffices; otherwise why it does not, for the button that it may not press. */
export function useRoleBarrier(): (needed: 'OPERATOR' | 'ADMIN') => string | null {
  const { role } = useSluice().viewer;
  return (needed) => {
    if (ranks.indexOf(role) >= ranks.indexOf(needed)) return null;
    const who = needed === 'ADMIN' ? 'Administrators' : 'Operators and administrators';
    return `${who} may do this; your key is that of ${role === 'VIEWER' ? 'a viewer' : 'an operator'}.`;
  };
}
