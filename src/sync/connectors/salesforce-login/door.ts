import type { AuthorizationDoor } from '../connector.ts';
import { authorizationDoor } from '../rest/oauth.ts';
import { hostOfSignIn } from './hosts.ts';
import { tokenUrlOf } from './tokens.ts';

/** People sign in at Salesforce, for whatever product: `scope` says for which. */
export const salesforceDoor = (name: string, scope: string): AuthorizationDoor =>
  authorizationDoor({
    name,
    authorizeUrl: ({ sandbox }, { authUrl }) => `${authUrl ?? hostOfSignIn(sandbox)}/services/oauth2/authorize`,
    tokenUrl: ({ sandbox }, { authUrl }) => tokenUrlOf(authUrl ?? hostOfSignIn(sandbox)),
    scope,
  });
