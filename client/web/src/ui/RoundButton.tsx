import { Lock, type LucideIcon } from 'lucide-react';
import { type ButtonHTMLAttributes, useId } from 'react';

export interface RoundButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  /** Its name for everybody: read out, and shown as a tooltip. */
  label: string;
  icon: LucideIcon;
  /** How its key is shown, and told to assistive technology. */
  keys?: { shown: string; aria: string };
  /** `off` marks a source that is switched off, `on` something that is open or running. */
  tone?: 'plain' | 'off' | 'on' | 'danger';
  /** A number on its corner, where it is not 0. */
  count?: number;
  /** True where the number calls for something to be done. */
  urgent?: boolean;
  /** What else is to be known of it, read out after its name. */
  note?: string | undefined;
  /** Why it cannot be used now: shown in the tooltip and read out. It keeps its place in the order. */
  locked?: string | null;
}

/** A button with an icon. Its tooltip stands above it on hover and focus. */
export function RoundButton({
  label,
  icon: Icon,
  keys,
  tone = 'plain',
  count = 0,
  urgent = false,
  note,
  locked = null,
  ...rest
}: RoundButtonProps) {
  const id = useId();
  const described = locked ?? note;
  return (
    <button
      type="button"
      className={`round ${locked ? 'locked' : tone}`}
      aria-label={label}
      {...(keys ? { 'aria-keyshortcuts': keys.aria } : {})}
      {...(locked ? { 'aria-disabled': true } : {})}
      {...(described ? { 'aria-describedby': id } : {})}
      {...rest}
    >
      <Icon aria-hidden size={22} />
      {locked && (
        <span className="lock-sign" aria-hidden>
          <Lock size={11} strokeWidth={3} />
        </span>
      )}
      {count > 0 && <span className={`count ${urgent ? 'urgent' : ''}`} data-count={count} aria-hidden />}
      <span className="tip" aria-hidden>
        <span>
          {label}
          {keys && !locked && <kbd>{keys.shown}</kbd>}
        </span>
        {locked && <span>{locked}</span>}
      </span>
      {described && (
        <span id={id} hidden>
          {described}
        </span>
      )}
    </button>
  );
}
