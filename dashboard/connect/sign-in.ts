import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'urql';
import { useAct } from '../app/act.ts';
import { graphql, type ResultOf, type VariablesOf } from '../data/graphql.ts';

const BeginAuthorization = graphql(`
  mutation BeginAuthorization($input: BeginAuthorizationInput!) {
    beginAuthorization(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on BeginAuthorizationSuccess { authorization { id url status problem } }
    }
  }
`);

const AuthorizationChanged = graphql(`
  subscription AuthorizationChanged($id: ID!) {
    authorizationChanged(id: $id) { id status problem }
  }
`);

type Begun = ResultOf<typeof BeginAuthorization>['beginAuthorization'];
export type SignInInput = VariablesOf<typeof BeginAuthorization>['input'];

export type SignIn =
  | { state: 'none' }
  | { state: 'beginning' }
  /** The person is at the vendor. `blocked`: the browser opened no window for it. */
  | { state: 'pending'; id: string; url: string; blocked: boolean }
  | { state: 'granted' }
  /** Refused by whoever could, or too late. */
  | { state: 'over'; problem: string };

/** A sign-in is good for ten minutes. The server's clock decides; by ours, whatever it shows, that much has passed by then. */
const lifeMs = 10 * 60_000 + 2_000;

interface SignInOptions {
  onGranted(authorizationId: string): void;
  /** It could not even begin. */
  onRefused(refusal: Exclude<Begun, { __typename: 'BeginAuthorizationSuccess' }>): void;
}

/** A person's sign-in at a vendor, in a window of its own, watched until it is over. */
export function useSignIn({ onGranted, onRefused }: SignInOptions) {
  const [signIn, setSignIn] = useState<SignIn>({ state: 'none' });
  const client = useClient();
  const act = useAct();
  const popup = useRef<Window | null>(null);
  const granted = useRef(onGranted);
  granted.current = onGranted;
  const closePopup = useCallback(() => {
    popup.current?.close();
    popup.current = null;
  }, []);
  useEffect(() => closePopup, [closePopup]);

  const id = signIn.state === 'pending' ? signIn.id : null;
  useEffect(() => {
    if (id === null) return;
    let done = false; // what is told twice is granted once
    const settle = (next: SignIn) => {
      if (done) return;
      done = true;
      closePopup();
      setSignIn(next);
      if (next.state === 'granted') granted.current(id);
    };
    const { unsubscribe } = client.subscription(AuthorizationChanged, { id }).subscribe(({ data }) => {
      const { status, problem } = data?.authorizationChanged ?? {};
      if (status === 'GRANTED') settle({ state: 'granted' });
      if (status === 'REFUSED') settle({ state: 'over', problem: problem ?? 'The sign-in was refused.' });
      if (status === 'EXPIRED') settle({ state: 'over', problem: expired });
    });
    const timer = setTimeout(() => settle({ state: 'over', problem: expired }), lifeMs);
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [id, client, closePopup]);

  return {
    signIn,
    /** To be called while a click or a key is handled: otherwise the browser opens no window. */
    async begin(input: SignInInput): Promise<void> {
      const opened = openWindow();
      popup.current = opened;
      setSignIn({ state: 'beginning' });
      const begun = (await act(BeginAuthorization, { input }))?.beginAuthorization;
      if (begun?.__typename !== 'BeginAuthorizationSuccess') {
        closePopup();
        setSignIn({ state: 'none' });
        if (begun) onRefused(begun);
        return;
      }
      const { id, url } = begun.authorization;
      opened?.location.replace(url);
      setSignIn({ state: 'pending', id, url, blocked: opened === null });
    },
    forget(): void {
      closePopup();
      setSignIn({ state: 'none' });
    },
  };
}

const expired = 'Nobody signed in within ten minutes.';

/** Empty for now, as the address is not known yet; null: the browser lets no window be opened. What is shown there can't reach this page. */
function openWindow(): Window | null {
  const opened = window.open('about:blank', '_blank', 'popup,width=620,height=760');
  if (opened) opened.opener = null;
  return opened;
}
