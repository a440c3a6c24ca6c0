import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';

interface RoundButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  /** Its name for everybody: read out, and shown as a tooltip. */
  label: string;
  icon: LucideIcon;
  /** How its key is shown, and told to assistive technology. */
  keys?: { shown: string; aria: string };
  /** `off` marks a source that is switched off, `on` something that is open or running. */
  tone?: 'plain' | 'off' | 'on' | 'danger';
  /** A number on its corner. */
  count?: number;
}

/** A button with an icon. Its tooltip stands above it on hover and focus. */
export function RoundButton({ label, icon: Icon, keys, tone = 'plain', count, ...rest }: RoundButtonProps) {
  return (
    <button
      type="button"
      className={`round ${tone}`}
      aria-label={label}
      {...(keys ? { 'aria-keyshortcuts': keys.aria } : {})}
      {...rest}
    >
      <Icon aria-hidden size={22} />
      {count !== undefined && <span className="count" data-count={count} aria-hidden />}
      <span className="tip" aria-hidden>
        {label}
        {keys && <kbd>{keys.shown}</kbd>}
      </span>
    </button>
  );
}
