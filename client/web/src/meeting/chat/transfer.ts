/** How a file in the chat is shown: what is so, and what can be done about it. */
import type { ChatEntry, Transfer } from '@conclave/sdk';
import { strings } from '../../strings';

const text = strings.chat.file;

export interface ShownTransfer {
  readonly sentence: string;
  /** From 0 to 1, where a bar is drawn. */
  readonly progress: number | null;
  /** What can be done, the first thing first. */
  readonly actions: readonly ('fetch' | 'again' | 'cancel' | 'save')[];
  readonly isProblem: boolean;
}

interface Surroundings {
  readonly transfer: Transfer | undefined;
  /** False where whoever offers it is not in the room. */
  readonly isSenderHere: boolean;
}

const PLAIN: ShownTransfer = { sentence: '', progress: null, actions: [], isProblem: false };

export function showTransfer({ own, name, old }: ChatEntry, { transfer, isSenderHere }: Surroundings): ShownTransfer {
  // What was offered before is with whoever offered it then, in a page that is gone.
  if (old) return { ...PLAIN, sentence: text.gone };
  if (own) return { ...PLAIN, sentence: text.offered };
  if (!transfer) return isSenderHere ? { ...PLAIN, actions: ['fetch'] } : { ...PLAIN, sentence: text.gone };
  const { received, total, status } = transfer;
  const progress = total === 0 ? 0 : Math.min(1, received / total);
  switch (status) {
    case 'waiting':
      return { ...PLAIN, sentence: text.waiting(name), progress, actions: ['cancel'] };
    case 'running':
      return { ...PLAIN, sentence: text.running(received, total), progress, actions: ['cancel'] };
    case 'paused':
      return { ...PLAIN, sentence: text.paused(name), progress, actions: ['cancel'] };
    case 'done':
      return { ...PLAIN, sentence: text.done, actions: ['save'] };
    case 'failed':
      return { ...PLAIN, sentence: whyFailed(transfer), actions: isSenderHere ? ['again'] : [], isProblem: true };
  }
}

function whyFailed({ why }: Transfer): string {
  if (why === 'gone') return text.withdrawn;
  return why === 'broken' ? text.broken : text.failed;
}
