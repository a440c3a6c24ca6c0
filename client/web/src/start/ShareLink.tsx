import { Check, Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { strings } from '../strings';
import { Button } from '../ui/Button';

const text = strings.share;

/** The link to give to others, with a button that copies it. */
export function ShareLink({ link }: { link: string }) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 3_000);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      // The link is selected: the person can copy it by hand.
    }
  };
  return (
    <div className="share-link">
      <input
        ref={field}
        type="text"
        readOnly
        value={link}
        aria-label={text.label}
        onFocus={(event) => event.target.select()}
      />
      <Button look="secondary" icon={copied ? Check : Copy} onClick={() => void copy()}>
        <span aria-live="polite">{copied ? text.copied : text.copy}</span>
      </Button>
    </div>
  );
}
