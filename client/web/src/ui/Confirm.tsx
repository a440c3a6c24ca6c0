import { strings } from '../strings';
import { Button } from './Button';
import { Dialog } from './Dialog';

export interface Question {
  heading: string;
  /** What follows from a yes. */
  text: string;
  action: string;
}

interface ConfirmProps extends Question {
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone; the way back has the focus. */
export function Confirm({ heading, text, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog heading={heading} onClose={onClose} role="alertdialog">
      <p>{text}</p>
      <form method="dialog" className="actions">
        <Button type="submit" autoFocus>
          {strings.cancel}
        </Button>
        <Button type="submit" look="danger" onClick={onConfirm}>
          {action}
        </Button>
      </form>
    </Dialog>
  );
}
