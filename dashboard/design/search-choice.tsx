import { useState } from 'react';
import { Button, ComboBox, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { Icon } from './icon.tsx';

export interface SearchOption {
  id: string;
  name: string;
  /** Smaller, below the name. */
  about?: string;
  /** At its end, such as its kind. */
  note?: string;
  disabled?: boolean;
}

interface SearchChoiceProps {
  label: string;
  /** The id of what is chosen; null: nothing. */
  value: string | null;
  /** The name of what is chosen, which may not be among the options. */
  shown: string;
  /** What matches what was typed. */
  options: readonly SearchOption[];
  /** What was typed; empty: nothing yet, so everything matches. */
  onSearch(search: string): void;
  onChoose(id: string): void;
  placeholder?: string;
  /** Where nothing matches. */
  noneWords: string;
  readOnly?: boolean;
  wrong?: boolean;
}

/** One of many, found by typing. What is chosen is taken at once; leaving it without a choice changes nothing. */
export function SearchChoice(props: SearchChoiceProps) {
  const { label, value, shown, options, onSearch, onChoose, placeholder, noneWords, readOnly, wrong } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const type = (text: string | null) => {
    setTyped(text);
    onSearch(text?.trim() ?? '');
  };
  if (readOnly) {
    return <input className="input" aria-label={label} value={shown} readOnly aria-invalid={wrong || undefined} />;
  }
  return (
    <ComboBox
      className="search-choice"
      aria-label={label}
      allowsEmptyCollection
      menuTrigger="input"
      items={options}
      value={value}
      inputValue={typed ?? shown}
      isInvalid={wrong ?? false}
      onInputChange={(text) => text !== (typed ?? shown) && type(text)}
      onOpenChange={(open) => open || type(null)}
      onBlur={() => type(null)}
      onChange={(id) => {
        if (id === null) return;
        type(null);
        if (id !== value) onChoose(String(id));
      }}
    >
      <div className="combobox-box">
        <Input className="input" placeholder={placeholder ?? ''} onFocus={(event) => event.currentTarget.select()} />
        <Button className="combobox-open">
          <Icon name="chevron" />
        </Button>
      </div>
      <Popover className="popover">
        <ListBox className="options" renderEmptyState={() => <p className="option muted">{noneWords}</p>}>
          {({ id, name, about, note, disabled }: SearchOption) => (
            <ListBoxItem className="option" id={id} textValue={name} isDisabled={disabled ?? false}>
              <span className="option-words">
                <span>{name}</span>
                {about && <span className="small muted">{about}</span>}
              </span>
              {note && <span className="small muted">{note}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
