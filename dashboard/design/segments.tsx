interface SegmentsProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  disabledBecause?: string | null | undefined;
  onChoose(value: Value): void;
}

/** A choice of a few, all of which are seen. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  disabledBecause,
  onChoose,
}: SegmentsProps<Value>) {
  return (
    <fieldset className="segments" aria-label={label} title={disabledBecause ?? undefined}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          aria-disabled={disabledBecause ? true : undefined}
          onClick={() => disabledBecause || onChoose(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
