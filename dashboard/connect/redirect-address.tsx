import { useQuery } from 'urql';
import { graphql } from '../data/graphql.ts';
import { Copyable } from '../design/copyable.tsx';

const RedirectAddressQuery = graphql(`
  query RedirectAddress {
    authorizationRedirectUri
  }
`);

/** What the organization's app at the vendor has to be told before anybody can sign in with it. */
export function RedirectAddress() {
  const [{ data }] = useQuery({ query: RedirectAddressQuery });
  if (!data) return null;
  return (
    <Copyable
      label="Redirect address"
      value={data.authorizationRedirectUri}
      hint="Enter it in the app at the vendor, exactly so: the vendor sends people back there."
      copied="The redirect address is copied."
    />
  );
}
