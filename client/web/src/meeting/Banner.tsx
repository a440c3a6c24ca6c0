import type { MeetingState } from '@conclave/sdk';
import { useEffect, useState } from 'react';
import { strings } from '../strings';

const text = strings.banner;
/** Shorter outages of the bus are nobody's concern. */
const BUS_PATIENCE_MILLIS = 4_000;

/** Says what is happening while the connection is being mended. */
export function Banner({ phase, busUp }: Pick<MeetingState, 'phase' | 'busUp'>) {
  const busGone = useLasting(!busUp, BUS_PATIENCE_MILLIS);
  const message = phase.name === 'reconnecting' ? reconnecting(phase.attempt) : busGone ? text.bus : null;
  return (
    <div className="banner-place" role="status">
      {message && (
        <p className="banner">
          <span className="spinner" aria-hidden />
          {message}
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
