import { Dialog, DialogTrigger, Popover, Button as TriggerButton } from 'react-aria-components';
import { signOut } from '../data/session.ts';
import { Button } from '../design/button.tsx';
import { Icon } from '../design/icon.tsx';
import { Segments } from '../design/segments.tsx';
import { setZone, useZone, zoneHere } from '../words/time.ts';
import { useSluice } from './sluice.ts';
import { setTheme, useTheme } from './theme.ts';

/** Who is signed in, light or dark, whose clock, and the way out. */
export function Preferences() {
  const { viewer } = useSluice();
  const theme = useTheme();
  const zone = useZone();
  return (
    <DialogTrigger>
      <TriggerButton className="button quiet avatar" aria-label="Account and preferences">
        <Icon name="person" />
      </TriggerButton>
      <Popover className="popover" placement="bottom end" offset={8}>
        <Dialog className="preferences stack" aria-label="Account and preferences">
          <div>
            <strong>{viewer.name}</strong>
            <p className="small muted">
              {viewer.organization.name} · {viewer.role.toLowerCase()}
            </p>
          </div>
          <div className="stack tight">
            <span className="small muted">Appearance</span>
            <Segments
              label="Appearance"
              value={theme}
              options={[
                { value: 'system', label: 'System' },
                { value: 'light', label: 'Light' },
                { value: 'dark', label: 'Dark' },
              ]}
              onChoose={setTheme}
            />
          </div>
          <div className="stack tight">
            <span className="small muted">Times as at</span>
            <Segments
              label="Times as at"
              value={zone}
              options={[
                { value: 'here', label: 'Here' },
                { value: 'event', label: 'The event' },
                { value: 'utc', label: 'UTC' },
              ]}
              onChoose={setZone}
            />
            <span className="small muted">Here is {zoneHere}.</span>
          </div>
          <div className="stack tight small">
            <a href="/graphql">GraphiQL, the API in the browser</a>
            <a href="/help/errors">Errors and what to do about them</a>
          </div>
          <Button onPress={() => signOut()}>Sign out</Button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
