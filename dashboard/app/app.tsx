import { useEffect, useMemo, useState } from 'react';
import { RouterProvider } from 'react-aria-components';
import { Provider, useQuery } from 'urql';
import { Route, Switch, useLocation } from 'wouter';
import { createClient, messageOf } from '../data/client.ts';
import { signOut } from '../data/session.ts';
import { Button } from '../design/button.tsx';
import { Empty, Loading, Trouble } from '../design/states.tsx';
import { IntegrationsPage } from '../integrations/integrations-page.tsx';
import { openSocket, type Socket } from '../live/socket.ts';
import { LiveIntegrations } from './live-integrations.tsx';
import { IntegrationPage, KeysPage, NotificationsPage, preloadPage, VerificationPage } from './pages.tsx';
import { Shell } from './shell.tsx';
import { SluiceContext, ViewerQuery } from './sluice.ts';

preloadPage(location.pathname);

/** Everything behind the door: one socket and one cache for the key of this session. */
export function App({ apiKey }: { apiKey: string }) {
  const [{ socket, client }] = useState(() => {
    const socket = openSocket(apiKey, signOut); // to the end of the page: signing out loads it anew
    return { socket, client: createClient(apiKey, socket) };
  });
  return (
    <Provider value={client}>
      <SignedIn socket={socket} />
    </Provider>
  );
}

function SignedIn({ socket }: { socket: Socket }) {
  const [{ data, error, fetching }, ask] = useQuery({ query: ViewerQuery });
  const [, navigate] = useLocation();
  const viewer = data?.viewer;
  const sluice = useMemo(() => viewer && { socket, viewer }, [socket, viewer]);
  useEffect(
    () => (viewer ? undefined : socket.connection.onBack(() => ask({ requestPolicy: 'network-only' }))),
    [viewer, socket, ask],
  );
  if (!sluice) {
    if (error && !fetching)
      return <Trouble message={messageOf(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
    return <Loading what="Sluice" />;
  }
  return (
    <SluiceContext value={sluice}>
      <RouterProvider navigate={navigate}>
        <LiveIntegrations />
        <Shell>
          <Switch>
            <Route path="/">{() => <IntegrationsPage />}</Route>
            <Route path="/integrations/:id/:tab?">
              {({ id, tab }) => <IntegrationPage key={id} id={decodeURIComponent(id)} tab={tab ?? 'reconciliation'} />}
            </Route>
            <Route path="/verification/:id?">
              {({ id }) => <VerificationPage id={id ? decodeURIComponent(id) : null} />}
            </Route>
            <Route path="/notifications">{() => <NotificationsPage />}</Route>
            <Route path="/keys">{() => <KeysPage />}</Route>
            <Route>
              {() => (
                <Empty icon="search" title="There is nothing at this address">
                  <Button kind="primary" onPress={() => navigate('/')}>
                    To the integrations
                  </Button>
                </Empty>
              )}
            </Route>
          </Switch>
        </Shell>
      </RouterProvider>
    </SluiceContext>
  );
}
