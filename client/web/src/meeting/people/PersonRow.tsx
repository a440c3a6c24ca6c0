import type { Meeting, Participant } from '@conclave/sdk';
import { BadgeCheck, Hand, Mic, MicOff, MonitorUp, Video } from 'lucide-react';
import { strings } from '../../strings';
import { Avatar } from '../../ui/Avatar';
import { RecordingDot } from '../recording/RecordingSign';
import { StrangerSign } from '../security/StrangerSign';
import { type AboutPerson, PersonMenu } from './PersonMenu';

const text = strings.meeting;

interface PersonRowProps {
  person: Participant;
  /** Place among the raised hands. */
  place: number | null;
  /** What is known of this person's key. */
  standing: 'stranger' | 'verified' | null;
  meeting: Meeting;
  about: AboutPerson;
}

export function PersonRow({ person, place, standing, meeting, about }: PersonRowProps) {
  const { pid, name, self, role, media, speaking, recording } = person;
  const Sound = media.microphone ? Mic : MicOff;
  return (
    <li className={speaking && media.microphone ? 'speaking' : ''}>
      <Avatar name={name} id={pid} small />
      <span className="person-name" dir="auto">
        <span>{name}</span>
        {self && <span className="hint"> ({text.you})</span>}
        {role === 'moderator' && <span className="badge">{text.moderator}</span>}
        {recording && (
          <span className="badge recording">
            <RecordingDot />
            {strings.recording.sign}
          </span>
        )}
        {standing === 'stranger' && <StrangerSign />}
      </span>
      {standing === 'verified' && (
        <BadgeCheck size={18} className="verified" role="img" aria-label={strings.security.people.verified} />
      )}
      {place !== null && (
        <span className="hand-place" role="img" aria-label={strings.people.handPlace(place)}>
          <Hand aria-hidden size={16} />
          {place}
        </span>
      )}
      {media.screen && <MonitorUp size={18} aria-label={text.sharing} role="img" />}
      {media.camera && <Video size={18} aria-label={text.cameraOn} role="img" />}
      <Sound
        size={18}
        role="img"
        className={media.microphone ? '' : 'muted'}
        aria-label={media.microphone ? (speaking ? text.speaking : strings.devices.microphone) : text.muted}
      />
      <PersonMenu person={person} meeting={meeting} about={about} />
    </li>
  );
}
