import type { MouseEvent, ReactNode } from 'react';
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';
import { toast } from './toasts.tsx';

export interface ButtonProps {
  children?: ReactNode;
  icon?: IconName;
  /** The name where there is an icon alone; otherwise more than the words say. */
  label?: string;
  kind?: 'primary' | 'danger' | 'danger solid' | 'quiet' | undefined;
  small?: boolean;
  type?: 'button' | 'submit';
  /** Why it can't be used now. It stays in reach of the keyboard and says so, instead of being there without a word. */
  disabledBecause?: string | null | undefined;
  pending?: boolean;
  onPress?: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined;
  pressed?: boolean;
  className?: string;
}

export function Button({
  children,
  icon,
  label,
  kind,
  small,
  type = 'button',
  disabledBecause,
  pending,
  onPress,
  pressed,
  className,
}: ButtonProps) {
  const classes = ['button', kind, small && 'small', !children && 'icon-only', className].filter(Boolean).join(' ');
  const button = (
    <button
      type={type}
      className={classes}
      aria-label={label}
      aria-pressed={pressed}
      aria-disabled={Boolean(disabledBecause) || pending || undefined}
      onClick={(event) => {
        if (disabledBecause) {
          event.preventDefault();
          toast(disabledBecause);
        } else if (pending) event.preventDefault();
        else onPress?.(event);
      }}
    >
      {pending ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
  const hint = disabledBecause ?? (children ? null : label);
  if (!hint) return button;
  return (
    <TooltipTrigger delay={400} closeDelay={0}>
      <Focusable>{button}</Focusable>
      <Tooltip className="tooltip" offset={6}>
        {hint}
      </Tooltip>
    </TooltipTrigger>
  );
}
