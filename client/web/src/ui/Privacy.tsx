import { Lock } from 'lucide-react';
import { strings } from '../strings';

const text = strings.privacy;

/** What is protected and what is not, in words; more than that is not promised. */
export function Privacy() {
  return (
    <p className="privacy">
      <Lock aria-hidden size={16} />
      <span>{text.long}</span>
    </p>
  );
}

/** The same where there is little room; opens to the whole sentence. */
export function PrivacySign() {
  return (
    <details className="privacy-sign">
      <summary>
        <Lock aria-hidden size={16} />
        <span>{text.short}</span>
      </summary>
      <p>{text.long}</p>
    </details>
  );
}
