import type { Self } from '@conclave/sdk';
import { Lock } from 'lucide-react';
import { useId } from 'react';
import { strings } from '../../strings';
import { whyNot } from '../controls';

const RIGHTS = ['microphone', 'camera', 'screen', 'chat', 'privateChat', 'files', 'reactions'] as const;

/** What somebody may not do here, and why. */
export function LockedList({ self }: { self: Self }) {
  const heading = useId();
  const reasons = new Set(RIGHTS.flatMap((right) => whyNot(self, right) ?? []));
  if (reasons.size === 0) return null;
  return (
    <section className="panel-section" aria-labelledby={heading}>
      <h3 id={heading}>{strings.locked.heading}</h3>
      <ul className="locked-list">
        {[...reasons].map((reason) => (
          <li key={reason}>
            <Lock aria-hidden size={16} />
            {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
