import { ShareLink } from '../start/ShareLink';
import { strings } from '../strings';

const text = strings.meeting;

/** Nobody else is here: the one useful thing to do is to send the link. */
export function Alone({ link }: { link: string | undefined }) {
  return (
    <div className="alone">
      <h2>{text.alone}</h2>
      {link && (
        <>
          <p>{text.aloneHint}</p>
          <ShareLink link={link} />
        </>
      )}
    </div>
  );
}
