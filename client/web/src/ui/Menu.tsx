/** A button's menu, as the ARIA practices describe it: arrow keys, Home, End, Escape, first letters. */
import type { LucideIcon } from 'lucide-react';
import {
  type ButtonHTMLAttributes,
  type KeyboardEvent,
  type ReactNode,
  type ToggleEvent,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

export type MenuButtonProps = Pick<
  ButtonHTMLAttributes<HTMLButtonElement>,
  'aria-haspopup' | 'aria-expanded' | 'popoverTarget' | 'onKeyDown'
>;

interface MenuProps {
  label: string;
  /** Draws the button that opens it. */
  button: (props: MenuButtonProps) => ReactNode;
  /** CSS pixels. */
  width?: number;
  className?: string;
  children: ReactNode;
}

const EDGE = 8;

export function Menu({ label, button, width = 248, className = '', children }: MenuProps) {
  const id = useId();
  const place = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  useEffect(() => {
    if (open) items()[0]?.focus();
  }, [open]);

  const opens = ({ newState, currentTarget }: ToggleEvent<HTMLDivElement>) => {
    const anchor = place.current?.querySelector('button')?.getBoundingClientRect();
    if (newState === 'open' && anchor) Object.assign(currentTarget.style, beside(anchor, width));
  };
  const toggled = ({ newState }: ToggleEvent<HTMLDivElement>) => {
    setOpen(newState === 'open');
    // The focus goes back to the button, unless it went somewhere else already.
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (newState === 'closed' && lost) place.current?.querySelector('button')?.focus();
  };
  const keyOnButton = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    list.current?.showPopover();
  };
  const keyInMenu = (event: KeyboardEvent) => {
    const all = items();
    const next = nextItem(all, document.activeElement, event);
    if (event.key === 'Tab') list.current?.hidePopover();
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <span ref={place} className="menu-place">
      {button({ 'aria-haspopup': 'menu', 'aria-expanded': open, popoverTarget: id, onKeyDown: keyOnButton })}
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className={`menu ${className}`}
        onBeforeToggle={opens}
        onToggle={toggled}
        onKeyDown={keyInMenu}
        onClick={(event) => {
          const item = event.target instanceof Element ? event.target.closest('[role=menuitem]') : null;
          if (item && item.ariaDisabled !== 'true') list.current?.hidePopover();
        }}
      >
        {open && children}
      </div>
    </span>
  );
}

interface MenuItemProps {
  label: string;
  icon?: LucideIcon;
  /** What else is to be known: what it does, or why it cannot be used. */
  note?: string | undefined;
  locked?: boolean;
  danger?: boolean;
  /** Drawn instead of icon and label. */
  children?: ReactNode;
  onSelect: () => void;
}

export function MenuItem({ label, icon: Icon, note, locked = false, danger = false, children, onSelect }: MenuItemProps) {
  const id = useId();
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={danger ? 'danger' : ''}
      {...(children ? { 'aria-label': label } : {})}
      {...(locked ? { 'aria-disabled': true } : {})}
      {...(note ? { 'aria-describedby': id } : {})}
      onClick={locked ? undefined : onSelect}
    >
      {children ?? (
        <>
          {Icon && <Icon aria-hidden size={20} />}
          <span className="menu-words">
            <span>{label}</span>
            {note && (
              <span id={id} className="hint" aria-hidden>
                {note}
              </span>
            )}
          </span>
        </>
      )}
    </button>
  );
}

/** Above or below the button, where there is more room, and inside the window. */
function beside(anchor: DOMRect, width: number): Partial<CSSStyleDeclaration> {
  const isLow = anchor.top > innerHeight / 2;
  const centred = anchor.left + anchor.width / 2 - width / 2;
  const left = Math.max(EDGE, Math.min(centred, innerWidth - width - EDGE));
  const room = isLow ? anchor.top : innerHeight - anchor.bottom;
  return {
    width: `${Math.min(width, innerWidth - 2 * EDGE)}px`,
    maxHeight: `${room - 2 * EDGE}px`,
    left: `${left}px`,
    top: isLow ? 'auto' : `${anchor.bottom + EDGE}px`,
    bottom: isLow ? `${innerHeight - anchor.top + EDGE}px` : 'auto',
  };
}

/** Where a key leads from the item that has the focus. */
function nextItem(items: HTMLElement[], focused: Element | null, { key }: KeyboardEvent): HTMLElement | undefined {
  const at = items.findIndex((item) => item === focused);
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return items[(at + 1) % items.length];
    case 'ArrowUp':
    case 'ArrowLeft':
      return items[(at - 1 + items.length) % items.length];
    case 'Home':
      return items[0];
    case 'End':
      return items[items.length - 1];
    default: {
      if (key.length !== 1 || key === ' ') return undefined;
      const following = [...items.slice(at + 1), ...items.slice(0, at + 1)];
      const named = (item: HTMLElement) => (item.ariaLabel ?? item.textContent).toLocaleLowerCase();
      return following.find((item) => named(item).startsWith(key.toLocaleLowerCase()));
    }
  }
}
