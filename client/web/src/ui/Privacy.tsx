import { Lock, LockOpen } from 'lucide-react';

interface PrivacyProps {
  /** Whether it is end-to-end encrypted; null where that is not known yet. */
  sealed: boolean | null;
  /** In a word or two. */
  heading?: string;
  /** What is protected and what is not; more than that is not promised. */
  text: string;
}

/** How what is said is protected, in words. */
export function Privacy({ sealed, heading, text }: PrivacyProps) {
  const Icon = sealed === false ? LockOpen : Lock;
  return (
    <p className={`privacy ${sealed ? 'sealed' : ''}`}>
      <Icon aria-hidden size={16} />
      <span>
        {heading && <strong>{heading}.</strong>} {text}
      </span>
    </p>
  );
}
