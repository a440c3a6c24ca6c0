import type { Meeting, Notice } from '@conclave/sdk';
import { useEffect, useState } from 'react';
import { strings } from '../strings';

const STAY_MILLIS = 4_000;
const MOST = 3;

interface Toast {
  id: number;
  text: string;
}

let last = 0;

/** Passing notices of the meeting; shown for a while, and read out politely. */
export function Toasts({ meeting, extra }: { meeting: Meeting; extra: string | null }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  useEffect(() => {
    const show = (text: string) => {
      const toast = { id: ++last, text };
      setToasts((shown) => [...shown, toast].slice(-MOST));
      setTimeout(() => setToasts((shown) => shown.filter(({ id }) => id !== toast.id)), STAY_MILLIS);
    };
    return meeting.onNotice((notice) => show(textOf(notice)));
  }, [meeting]);
  return (
    <div className="toasts" role="status">
      {toasts.map(({ id, text }) => (
        <p key={id}>{text}</p>
      ))}
      {extra && <p className="strong">{extra}</p>}
    </div>
  );
}

function textOf(notice: Notice): string {
  switch (notice.type) {
    case 'joined':
      return strings.notices.joined(notice.name);
    case 'left':
      return notice.reason === 'lost' ? strings.notices.lost(notice.name) : strings.notices.left(notice.name);
    case 'sharing':
      return strings.notices.sharing(notice.name);
  }
}
