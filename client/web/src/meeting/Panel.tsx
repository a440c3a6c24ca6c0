import { X } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { strings } from '../strings';

interface PanelProps {
  /** By which the button that opens it is found. */
  id: string;
  label: string;
  heading: string;
  onClose: () => void;
  /** What gets the focus when it opens; the heading by default. */
  first?: RefObject<HTMLElement | null>;
  className?: string;
  children: ReactNode;
}

/** What opens beside the stage, over all of it on a phone. The focus comes with it, and goes back. */
export function Panel({ id, label, heading, onClose, first, className = '', children }: PanelProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    (first ?? title).current?.focus();
    return () => {
      const former = before instanceof HTMLElement && before.isConnected && before !== document.body;
      const opener = former ? before : document.querySelector<HTMLElement>(`[aria-controls="${id}"]`);
      opener?.focus();
    };
  }, [first, id]);
  return (
    <aside id={id} className={`panel ${className}`} aria-label={label}>
      <header>
        <h2 ref={title} tabIndex={-1}>
          {heading}
        </h2>
        <button type="button" className="icon-button" aria-label={strings.close} onClick={onClose}>
          <X aria-hidden size={20} />
        </button>
      </header>
      {children}
    </aside>
  );
}
