import { Lock } from 'lucide-react';
import { strings } from '../strings';

/** What is protected and what is not, in words; more than that is not promised. */
export function Privacy({ compact = false }: { compact?: boolean }) {
  return (
    <details className={compact ? 'privacy compact' : 'privacy'}>
      <summary>
        <Lock aria-hidden size={16} />
        <span>{strings.transport}</span>
      </summary>
      <p>{strings.transportExplained}</p>
    </details>
  );
}
