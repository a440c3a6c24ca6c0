import type { Participant } from '@conclave/sdk';
import { Mic, MicOff, MonitorUp, Video, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { ShareLink } from '../start/ShareLink';
import { strings } from '../strings';
import { Avatar } from '../ui/Avatar';

const text = strings.meeting;

interface PeoplePanelProps {
  people: readonly Participant[];
  link: string | undefined;
  onClose: () => void;
}

export function PeoplePanel({ people, link, onClose }: PeoplePanelProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <aside className="panel" aria-label={strings.bar.people}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {text.peopleHeading(people.length)}
        </h2>
        <button type="button" className="icon-button" aria-label={strings.close} onClick={onClose}>
          <X aria-hidden size={20} />
        </button>
      </header>
      <ul className="people" aria-label={text.stage}>
        {people.map((person) => (
          <PersonRow key={person.pid} person={person} />
        ))}
      </ul>
      {link && <ShareLink link={link} />}
    </aside>
  );
}

function PersonRow({ person: { pid, name, self, role, media, speaking } }: { person: Participant }) {
  const Sound = media.microphone ? Mic : MicOff;
  return (
    <li className={speaking && media.microphone ? 'speaking' : ''}>
      <Avatar name={name} id={pid} small />
      <span className="person-name">
        <span>{name}</span>
        {self && <span className="hint"> ({text.you})</span>}
        {role === 'moderator' && <span className="badge">{text.moderator}</span>}
      </span>
      {media.screen && <MonitorUp size={18} aria-label={text.sharing} role="img" />}
      {media.camera && <Video size={18} aria-label={text.cameraOn} role="img" />}
      <Sound
        size={18}
        role="img"
        className={media.microphone ? '' : 'muted'}
        aria-label={media.microphone ? (speaking ? text.speaking : strings.devices.microphone) : text.muted}
      />
    </li>
  );
}
