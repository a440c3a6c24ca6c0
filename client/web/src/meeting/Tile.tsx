import type { Participant, ShownReaction } from '@conclave/sdk';
import { Hand, MicOff, MonitorUp } from 'lucide-react';
import { strings } from '../strings';
import { Avatar } from '../ui/Avatar';
import { Picture } from '../ui/Picture';
import type { Box } from './layout';
import { Floating } from './reactions';
import { RecordingDot } from './recording/RecordingSign';
import { StrangerSign } from './security/StrangerSign';

const text = strings.meeting;

interface TileProps {
  person: Participant;
  /** The picture, where there is one. */
  stream: MediaStream | null;
  size: Box;
  /** All that are shown; those of this person rise here. */
  reactions: readonly ShownReaction[];
  /** True of somebody who holds another key. */
  stranger?: boolean;
  floating?: boolean;
}

/** One person: picture or initials, name, muted sign, hand, and a ring of its own shape for speech. */
export function Tile({ person, stream, size, reactions, stranger = false, floating = false }: TileProps) {
  const { name, self, media, speaking, recording } = person;
  const muted = !media.microphone;
  const hand = person.hand !== undefined;
  const speaks = speaking && !muted;
  const label = text.tile(name, { muted, hand, self, stranger, recording });
  const classes = ['tile', floating && 'floating', speaks && 'speaking', size.height < 150 && 'compact'];
  return (
    <figure className={classes.filter(Boolean).join(' ')} style={size} aria-label={label}>
      {media.camera && stream && !stranger ? (
        <Picture stream={stream} mirrored={self} label={text.tile(name, { self })} />
      ) : (
        <Avatar name={name} id={person.pid} />
      )}
      {stranger && (
        <span className="tile-stranger" aria-hidden>
          <StrangerSign />
        </span>
      )}
      {hand && (
        <span className="tile-hand" aria-hidden>
          <Hand size={18} />
        </span>
      )}
      <Floating reactions={reactions.filter(({ pid }) => pid === person.pid)} />
      <figcaption className="tile-name" aria-hidden>
        {muted && <MicOff size={16} className="muted" />}
        {speaks && <SpeakingBars />}
        <span dir="auto">{self ? text.you : name}</span>
        {recording && (
          <span className="tile-records">
            <RecordingDot />
            <span>{strings.recording.sign}</span>
          </span>
        )}
      </figcaption>
    </figure>
  );
}

/** A screen that is shared: all of it, whatever its shape. */
export function ScreenTile({ person, stream }: { person: Participant; stream: MediaStream | null }) {
  const label = text.screenOf(person.name, person.self);
  return (
    <figure className="tile screen" aria-label={label}>
      {stream ? <Picture stream={stream} whole label={label} /> : <span className="spinner" aria-hidden />}
      <figcaption className="tile-name" aria-hidden>
        <MonitorUp size={16} />
        <span>{label}</span>
      </figcaption>
    </figure>
  );
}

function SpeakingBars() {
  return (
    <span className="bars">
      <i />
      <i />
      <i />
    </span>
  );
}
