import type { MeetingState } from '@conclave/sdk';
import { Clock } from 'lucide-react';
import { useEffect, useState } from 'react';
import { strings } from '../strings';

const text = strings.banner;
/** Shorter outages of the bus are nobody's concern. */
const BUS_PATIENCE_MILLIS = 4_000;
const MINUTE_MILLIS = 60_000;

/** Says what is happening while the connection is being mended, and that the room's time is nearly up. */
export function Banner({ phase, busUp, endsAt }: Pick<MeetingState, 'phase' | 'busUp' | 'endsAt'>) {
  const busGone = useLasting(!busUp, BUS_PATIENCE_MILLIS);
  const oneMinute = useReached(endsAt, MINUTE_MILLIS);
  const fiveMinutes = useReached(endsAt, 5 * MINUTE_MILLIS);
  const trouble = phase.name === 'reconnecting' ? reconnecting(phase.attempt) : busGone ? text.bus : null;
  const end = oneMinute ? text.oneMinute : fiveMinutes ? text.fiveMinutes : null;
  return (
    <div className="banner-place" role="status">
      {(trouble ?? end) && (
        <p className="banner">
          {trouble ? <span className="spinner" aria-hidden /> : <Clock aria-hidden size={20} />}
          {trouble ?? end}
        </p>
      )}
    </div>
  );
}

function reconnecting(attempt: number): string {
  if (!navigator.onLine) return text.offline;
  return attempt > 1 ? text.attempt(attempt) : text.reconnecting;
}

/** True once `condition` has held for `millis`. */
function useLasting(condition: boolean, millis: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!condition) return setLasted(false);
    const timer = setTimeout(() => setLasted(true), millis);
    return () => clearTimeout(timer);
  }, [condition, millis]);
  return lasted;
}

/** Longest time that a browser's timer can wait. */
const MOST_MILLIS = 2 ** 31 - 1;

/** True from `before` milliseconds ahead of `time` on. */
function useReached(time: number | null, before: number): boolean {
  const [reached, setReached] = useState(false);
  useEffect(() => {
    const wait = time === null ? Infinity : time - before - Date.now();
    setReached(wait <= 0);
    if (wait <= 0 || wait > MOST_MILLIS) return;
    const timer = setTimeout(() => setReached(true), wait);
    return () => clearTimeout(timer);
  }, [time, before]);
  return reached;
}
