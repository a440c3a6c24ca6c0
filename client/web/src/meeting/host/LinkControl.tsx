import { Link2 } from 'lucide-react';
import type { ShareableLink } from '../../app/shareableLink';
import { useStore } from '../../app/useStore';
import { ShareLink } from '../../start/ShareLink';
import { strings } from '../../strings';
import { Button } from '../../ui/Button';

const text = strings.host.link;

/** The link of the room: to give away, and to make worthless. */
export function LinkControl({ share }: { share: ShareableLink }) {
  const { url, status } = useStore(share);
  const label = url ? text.replace : text.make;
  return (
    <section className="link-control">
      <h3>{text.heading}</h3>
      {url && <ShareLink link={url} />}
      <p className="hint">{url ? text.text : text.first}</p>
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
