import { ShieldAlert, X } from 'lucide-react';
import { useState } from 'react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { strings } from '../../strings';
import { type Warning, warningsOf } from './alarms';

const text = strings.security.alarms;

/** What was kept out: stays until somebody dismisses it; the panel tells of it for the whole meeting. */
export function Warnings({ visit, onDetails }: { visit: Visit; onDetails: () => void }) {
  const { security, people } = useStore(visit.meeting);
  const [dismissed, setDismissed] = useState<readonly Warning['id'][]>([]);
  const shown = warningsOf(security, people).filter(({ id }) => !dismissed.includes(id));
  return (
    <div className="warnings" role="alert">
      {shown.map(({ id, sentence }) => (
        <div key={id} className="warning">
          <ShieldAlert aria-hidden size={20} />
          <p>{sentence}</p>
          <button type="button" className="warning-details" onClick={onDetails}>
            {text.details}
          </button>
          <button
            type="button"
            className="icon-button"
            aria-label={text.dismiss(sentence)}
            onClick={() => setDismissed([...dismissed, id])}
          >
            <X aria-hidden size={20} />
          </button>
        </div>
      ))}
    </div>
  );
}
