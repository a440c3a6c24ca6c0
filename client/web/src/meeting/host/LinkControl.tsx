import { Link2 } from 'lucide-react';
import { useStore } from '../../app/useStore';
import type { Visit } from '../../app/visit';
import { ShareLink } from '../../start/ShareLink';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';

const text = strings.host.link;

/** The link of the room: to give away, and to make worthless. */
export function LinkControl({ visit: { share, meeting } }: { visit: Visit }) {
  const { url, status } = useStore(share);
  const { security } = useStore(meeting);
  const label = url ? text.replace : text.make;
  return (
    <section className="link-control">
      <h3>{text.heading}</h3>
      {url && <ShareLink link={url} />}
      <p className="hint">
        {url ? text.text : text.first} {url && security.mode === 'e2ee' && text.sameKey}
      </p>
      <Button icon={Link2} aria-disabled={status === 'asking'} onClick={() => void share.replace()}>
        {status === 'asking' ? text.busy : label}
      </Button>
      {status === 'failed' && (
        <p className="problem" role="alert">
          {text.failed}
        </p>
      )}
    </section>
  );
}
