import { Client, fetchExchange, mapExchange, subscriptionExchange } from 'urql';
import type { Socket } from '../live/socket.ts';
import { cache } from './cache.ts';
import { signOut } from './session.ts';

/** Queries and mutations over HTTP, subscriptions over the socket, all through one cache. */
export function createClient(key: string, socket: Socket): Client {
  return new Client({
    url: new URL('/graphql', location.origin).href,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
    requestPolicy: 'cache-and-network',
    exchanges: [
      mapExchange({
        onError(error) {
          if (codeOf(error) === 'UNAUTHENTICATED') signOut(messageOf(error));
        },
      }),
      cache(),
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query, variables: { ...variables } },
              {
                next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
                error: (error) => sink.error(error),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
}

interface Refusal {
  message: string;
  networkError?: Error | undefined;
  graphQLErrors?: { message: string; extensions?: Record<string, unknown> }[];
}

/** The API's code of what went wrong; null where the server was not reached. */
function codeOf(error: Refusal): string | null {
  const code = error.graphQLErrors?.[0]?.extensions?.code;
  return typeof code === 'string' ? code : null;
}

/** What went wrong, in words for a person. */
export function messageOf(error: Refusal): string {
  if (error.networkError) return 'The server can not be reached. Nothing is known to have changed.';
  return error.graphQLErrors?.[0]?.message ?? error.message;
}
