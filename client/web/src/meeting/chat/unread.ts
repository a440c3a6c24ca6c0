/** How much was written that was not seen yet. */
import type { ChatEntry } from '@conclave/sdk';
import { useEffect, useState } from 'react';

/** Messages of others after the one that was seen last; what was written before this page came is no news. */
export function countUnread(chat: readonly ChatEntry[], seen: string | undefined): number {
  const last = chat.findLastIndex(({ id }) => id === seen);
  return chat.slice(last + 1).filter(({ own, old }) => !own && !old).length;
}

export function useUnread(chat: readonly ChatEntry[], open: boolean): number {
  const newest = chat.at(-1)?.id;
  const [seen, setSeen] = useState(newest);
  useEffect(() => {
    if (open) setSeen(newest);
  }, [open, newest]);
  return open ? 0 : countUnread(chat, seen);
}
