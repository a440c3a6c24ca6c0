import { KeyRound } from 'lucide-react';
import { strings } from '../../strings';

/** Somebody holds another key: said by a sign and by words. */
export function StrangerSign() {
  return (
    <span className="stranger-sign">
      <KeyRound aria-hidden size={14} />
      {strings.security.stranger.short}
    </span>
  );
}
