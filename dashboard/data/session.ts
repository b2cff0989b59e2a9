const keyName = 'sluice.key';
const reasonName = 'sluice.signed-out-because';

/** The API key of this tab: from the address, where it does not stay, or as it was given before. Null: nobody is signed in. */
export function takeKey(): string | null {
  const given = new URLSearchParams(location.hash.slice(1).replaceAll('+', '%2B')).get('key');
  if (given) {
    sessionStorage.setItem(keyName, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(keyName);
}

/** Kept until the tab is closed, or somebody signs out. */
export const keepKey = (key: string): void => sessionStorage.setItem(keyName, key);

/** Ends the session, and every stream with the page. `reason` is shown at the door. */
export function signOut(reason = ''): void {
  sessionStorage.removeItem(keyName);
  sessionStorage.setItem(reasonName, reason);
  location.assign('/');
}

/** Why the last session ended, told once. */
export function takeReason(): string {
  const reason = sessionStorage.getItem(reasonName) ?? '';
  sessionStorage.removeItem(reasonName);
  return reason;
}
