import type { Meeting, Participant } from '@conclave/sdk';
import {
  Ban,
  EllipsisVertical,
  Hand,
  MessageSquareLock,
  MicOff,
  MonitorX,
  ShieldCheck,
  ShieldOff,
  UserMinus,
  VideoOff,
} from 'lucide-react';
import { useStore } from '../../app/useStore';
import { strings } from '../../strings';
import { Menu, MenuItem } from '../../ui/Menu';
import { whyNot } from '../controls';

const text = strings.people;

/** What is asked about a person and done elsewhere. */
export interface AboutPerson {
  write: (person: Participant) => void;
  /** Asks first. */
  remove: (person: Participant, ban: boolean) => void;
}

interface PersonMenuProps {
  person: Participant;
  meeting: Meeting;
  about: AboutPerson;
}

/** What can be done with one person. */
export function PersonMenu({ person, meeting, about }: PersonMenuProps) {
  const { self } = useStore(meeting);
  const hasChat = self?.whyNot.privateChat !== 'off';
  if (!self || person.self || !(hasChat || self.allowed.moderate)) return <span className="no-menu" />;
  const label = text.options(person.name);
  const locked = whyNot(self, 'privateChat');
  return (
    <Menu
      label={label}
      button={(opens) => (
        <button type="button" className="icon-button" aria-label={label} {...opens}>
          <EllipsisVertical aria-hidden size={20} />
        </button>
      )}
    >
      {self.allowed.moderate && <Silencing person={person} moderation={meeting.moderation} />}
      {hasChat && (
        <MenuItem
          label={text.write}
          icon={MessageSquareLock}
          note={locked ?? undefined}
          locked={locked !== null}
          onSelect={() => about.write(person)}
        />
      )}
      {self.allowed.moderate && <Standing person={person} moderation={meeting.moderation} about={about} />}
    </Menu>
  );
}

interface ModeratorItemsProps {
  person: Participant;
  moderation: Meeting['moderation'];
}

function Silencing({ person: { pid, media, hand }, moderation }: ModeratorItemsProps) {
  return (
    <>
      {media.microphone && (
        <MenuItem label={text.mute} icon={MicOff} onSelect={() => moderation.silence({ microphone: true }, pid)} />
      )}
      {media.camera && (
        <MenuItem label={text.stopCamera} icon={VideoOff} onSelect={() => moderation.silence({ camera: true }, pid)} />
      )}
      {media.screen && (
        <MenuItem label={text.stopScreen} icon={MonitorX} onSelect={() => moderation.silence({ screen: true }, pid)} />
      )}
      {hand !== undefined && (
        <MenuItem label={text.lowerHand} icon={Hand} onSelect={() => moderation.lowerHand(pid)} />
      )}
    </>
  );
}

function Standing({ person, moderation, about }: ModeratorItemsProps & { about: AboutPerson }) {
  const { pid, role } = person;
  return (
    <>
      {role === 'participant' ? (
        <MenuItem label={text.promote} icon={ShieldCheck} onSelect={() => moderation.setRole(pid, 'moderator')} />
      ) : (
        <MenuItem label={text.demote} icon={ShieldOff} onSelect={() => moderation.setRole(pid, 'participant')} />
      )}
      <hr />
      <MenuItem label={text.remove} icon={UserMinus} danger onSelect={() => about.remove(person, false)} />
      <MenuItem label={text.ban} icon={Ban} danger onSelect={() => about.remove(person, true)} />
    </>
  );
}
