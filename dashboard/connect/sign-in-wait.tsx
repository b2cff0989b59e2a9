import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { wordsOf } from '../words/enums.ts';
import type { SignIn } from './sign-in.ts';

interface SignInWaitProps {
  signIn: Extract<SignIn, { state: 'beginning' | 'pending' | 'granted' }>;
  vendor: string;
  onForget(): void;
}

/** While somebody signs in at the vendor: what to do there, and what happens then. */
export function SignInWait({ signIn, vendor, onForget }: SignInWaitProps) {
  const name = wordsOf(vendor);
  const isBlocked = signIn.state === 'pending' && signIn.blocked;
  return (
    <div className="stack" data-sign-in={signIn.state}>
      <div className="sign-in-wait" role="status">
        {isBlocked ? <Icon name="external" /> : <span className="spinner" aria-hidden="true" />}
        {signIn.state === 'granted' ? (
          <p>
            <strong>Signed in.</strong> Asking {name} whose account it is …
          </p>
        ) : isBlocked ? (
          <p>
            <strong>Your browser opened no window.</strong> Open the sign-in yourself: it comes in a tab of its own, and
            this page goes on once you have signed in there.
          </p>
        ) : (
          <p>
            <strong>Sign in at {name}, in the window that has opened.</strong> This page goes on by itself once you
            have. You have ten minutes.
          </p>
        )}
      </div>
      {signIn.state === 'pending' && (
        <div className="answers">
          <Button onPress={onForget}>Cancel</Button>
          <a
            className={`button ${isBlocked ? 'primary' : ''}`}
            href={signIn.url}
            target="_blank"
            rel="noopener noreferrer"
          >
            <Icon name="external" /> {isBlocked ? `Sign in at ${name}` : 'Open it again'}
          </a>
        </div>
      )}
    </div>
  );
}
