import { DoorOpen, LogOut } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Brand } from '../ui/Brand';
import { Button } from '../ui/Button';
import { Preview } from './Preview';

const text = strings.waiting;

/** Before the door: nothing to do but to wait, with the choices of the lobby still at hand. */
export function Waiting({ visit, as }: { visit: Visit; as: string }) {
  const { title } = useStore(visit.meeting);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main className="page lobby">
      <Brand />
      <div className="lobby-columns">
        <section className="lobby-device" aria-label={strings.lobby.devices}>
          <Preview media={visit.media} />
        </section>
        <section className="lobby-join waiting">
          <DoorOpen aria-hidden size={40} strokeWidth={1.5} />
          {title && <p className="waiting-title">{title}</p>}
          <h1 ref={heading} tabIndex={-1}>
            {text.heading}
          </h1>
          <p role="status">
            {text.text} {text.as(as)}
          </p>
          <div className="actions">
            <Button icon={LogOut} onClick={() => visit.meeting.leave()}>
              {text.leave}
            </Button>
          </div>
        </section>
      </div>
    </main>
  );
}
