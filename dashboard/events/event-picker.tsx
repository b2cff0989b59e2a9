import { useState } from 'react';
import { Button, ComboBox, Input, Label, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { useQuery } from 'urql';
import { graphql } from '../data/graphql.ts';
import { Icon } from '../design/icon.tsx';
import { daysOf, isRunning } from '../words/time.ts';
import './event-picker.css';

const EventsQuery = graphql(`
  query Events($search: String) {
    events(search: $search, first: 50) { edges { node { id name startsOn endsOn timeZone leadCount } } }
  }
`);

interface EventPickerProps {
  chosen: { id: string; name: string } | null;
  onChoose(eventId: string | null, name: string): void;
  /** It has to be one: all of them is no choice. */
  one?: boolean;
}

const all = { id: '', name: 'All events', startsOn: null, endsOn: null, timeZone: 'UTC' };

/** Narrows everything to one event; typing finds it among many. */
export function EventPicker({ chosen, onChoose, one = false }: EventPickerProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const search = typed?.trim() && typed !== chosen?.name && typed !== all.name ? typed.trim() : null;
  const [{ data }] = useQuery({ query: EventsQuery, variables: { search } });
  const found = data?.events.edges.map(({ node }) => node) ?? [];
  const items = search || one ? found : [all, ...found];
  return (
    <ComboBox
      className="combobox"
      menuTrigger="focus"
      allowsEmptyCollection
      items={items}
      value={chosen?.id ?? ''}
      inputValue={typed ?? chosen?.name ?? (one ? '' : all.name)}
      onInputChange={setTyped}
      onOpenChange={(open) => setTyped(open ? '' : null)}
      onChange={(id) => {
        setTyped(null);
        if (id !== null) onChoose(String(id) || null, items.find((event) => event.id === id)?.name ?? '');
      }}
    >
      <Label className="visually-hidden">Event</Label>
      <div className="combobox-box">
        <Input className="input" placeholder={chosen?.name ?? 'Find an event'} />
        <Button className="combobox-open">
          <Icon name="chevron" />
        </Button>
      </div>
      <Popover className="popover">
        <ListBox
          className="options"
          renderEmptyState={() => <p className="option muted">No event has that in its name.</p>}
        >
          {(event: (typeof items)[number]) => (
            <ListBoxItem className="option" id={event.id} textValue={event.name}>
              <span className="wrap-anywhere">{event.name}</span>
              <span className="small muted">{isRunning(event) ? 'now' : daysOf(event.startsOn, event.endsOn)}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
