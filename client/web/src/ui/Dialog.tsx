import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { strings } from '../strings';

interface DialogProps {
  heading: string;
  onClose: () => void;
  /** For a question that has to be answered. */
  role?: 'alertdialog';
  wide?: boolean;
  children: ReactNode;
}

/** A dialog above everything; the browser keeps the focus in it, and gives it back. */
export function Dialog({ heading, onClose, role, wide = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? 'wide' : ''}
      aria-label={heading}
      onClose={onClose}
      {...(role ? { role } : {})}
    >
      <header>
        <h2>{heading}</h2>
        {/* A form of this method closes its dialog. */}
        <form method="dialog">
          <button type="submit" className="icon-button" aria-label={strings.close}>
            <X aria-hidden size={20} />
          </button>
        </form>
      </header>
      <div className="dialog-body">{children}</div>
    </dialog>
  );
}
