import type { Meeting, Notice } from '@conclave/sdk';
import { useEffect, useEffectEvent } from 'react';
import { useStore } from '../app/useStore';
import { strings } from '../strings';
import { toastsOf } from './news';
import type { ToastBoard } from './toastBoard';

interface ToastsProps {
  meeting: Meeting;
  board: ToastBoard;
  /** Said as long as it is so. */
  extra: string | null;
  chatOpen: boolean;
  openChat: () => void;
}

/** Passing notices, read out politely. */
export function Toasts({ meeting, board, extra, chatOpen, openChat }: ToastsProps) {
  const { backstage } = useStore(meeting);
  const toasts = useStore(board);
  const tell = useEffectEvent((notice: Notice) => {
    const { moderation } = meeting;
    for (const toast of toastsOf(notice, { moderation, openChat })) board.show(toast);
  });
  useEffect(() => meeting.onNotice((notice) => tell(notice)), [meeting]);

  const waits = new Map(backstage.waiting.map(({ pid, name }) => [pid, name]));
  const shown = toasts
    .filter((toast) => toast.waits === undefined || waits.has(toast.waits))
    .filter((toast) => !(toast.isMessage && chatOpen));
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text, action, waits: pid }) => (
        <div key={id} className="toast">
          {/* What somebody at the door is called may open a moment after they came. */}
          <p dir="auto">{pid === undefined ? text : strings.notices.waiting(waits.get(pid) ?? '')}</p>
          {action && (
            <button
              type="button"
              onClick={() => {
                board.dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
        </div>
      ))}
      {extra && (
        <div className="toast strong">
          <p>{extra}</p>
        </div>
      )}
    </div>
  );
}
