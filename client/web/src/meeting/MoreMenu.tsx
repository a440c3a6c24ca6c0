import { CircleDot, CircleStop, Ellipsis, Settings, ShieldCheck } from 'lucide-react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Menu, MenuItem } from '../ui/Menu';
import { RoundButton } from '../ui/RoundButton';
import type { Control } from './controls';
import { whyNot } from './controls';
import { ReactionItems } from './reactions';
import type { RecordingControl } from './recording/useRecording';

const text = strings.bar;

interface MoreMenuProps {
  visit: Visit;
  /** True where the bar has room for the most needed only. */
  narrow: boolean;
  screen: Control | null;
  /** Null where the room has none. */
  recording: RecordingControl | null;
  onSettings: () => void;
  onHostControls: () => void;
}

/** What is needed less often; on a phone also what has no place in its bar. */
export function MoreMenu({ visit, narrow, screen, recording, onSettings, onHostControls }: MoreMenuProps) {
  const { self } = useStore(visit.meeting);
  return (
    <Menu label={text.more} button={(opens) => <RoundButton label={text.more} icon={Ellipsis} {...opens} />}>
      {narrow && <Reactions visit={visit} />}
      {narrow && screen && (
        <MenuItem
          label={screen.label}
          icon={screen.icon}
          note={screen.locked ?? undefined}
          locked={screen.locked !== null}
          onSelect={screen.press}
        />
      )}
      {recording && (
        <MenuItem
          label={recording.label}
          icon={recording.on ? CircleStop : CircleDot}
          note={recording.locked ?? undefined}
          locked={recording.locked !== null}
          onSelect={recording.press}
        />
      )}
      {narrow && self?.allowed.moderate && (
        <MenuItem label={text.host} icon={ShieldCheck} onSelect={onHostControls} />
      )}
      <MenuItem label={text.settings} icon={Settings} onSelect={onSettings} />
    </Menu>
  );
}

function Reactions({ visit }: { visit: Visit }) {
  const { self } = useStore(visit.meeting);
  const locked = whyNot(self, 'reactions');
  if (self?.whyNot.reactions === 'off') return null;
  if (locked) return <MenuItem label={text.react} note={locked} locked onSelect={() => undefined} />;
  return (
    <>
      <div className="menu-reactions" role="group" aria-label={text.react}>
        <ReactionItems meeting={visit.meeting} />
      </div>
      <hr />
    </>
  );
}
