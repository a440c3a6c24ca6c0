import { useEffect, useEffectEvent } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import type { ToastBoard } from '../toastBoard';
import { recordersOf } from './recorders';

/** Who records now, in one sentence; null where nobody does. */
export function useRecorders({ meeting }: Visit): string | null {
  const { people, recording } = useStore(meeting);
  return recordersOf(people, recording);
}

/** Tells whoever comes in that somebody records already; who begins later is told of by a notice. */
export function useRecordersOnArrival(visit: Visit, toasts: ToastBoard): void {
  const sentence = useRecorders(visit);
  const tell = useEffectEvent(() => {
    if (sentence !== null) toasts.show({ text: sentence });
  });
  useEffect(() => tell(), []);
}
