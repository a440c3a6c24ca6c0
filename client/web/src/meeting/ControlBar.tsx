import { MessageSquare, Settings, ShieldCheck, SmilePlus, Users } from 'lucide-react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { Menu } from '../ui/Menu';
import { RoundButton } from '../ui/RoundButton';
import { useMedia } from '../ui/useMedia';
import { type Controls, whyNot } from './controls';
import { KEYS } from './keys';
import { LeaveButton } from './LeaveButton';
import { MoreMenu } from './MoreMenu';
import { ReactionItems } from './reactions';
import { leave, type RecordingControl } from './recording/useRecording';

const text = strings.bar;

export type PanelName = 'people' | 'chat' | 'security';

interface ControlBarProps {
  visit: Visit;
  controls: Controls;
  recording: RecordingControl | null;
  panel: PanelName | null;
  unread: number;
  onPanel: (panel: PanelName) => void;
  onSettings: () => void;
  onHostControls: () => void;
  onEnd: () => void;
}

/** On a phone what is needed less often is behind "More". */
const NARROW = '(max-width: 640px)';

export function ControlBar(props: ControlBarProps) {
  const { visit, controls, recording, panel, unread, onPanel, onSettings, onHostControls, onEnd } = props;
  const { self, people, backstage } = useStore(visit.meeting);
  const narrow = useMedia(NARROW);
  const { microphone, camera, screen, hand } = controls;
  const waiting = backstage.waiting.length;
  const moderates = self?.allowed.moderate ?? false;
  return (
    <div className="control-bar" role="toolbar" aria-label={text.label}>
      <ControlButton control={microphone} />
      <ControlButton control={camera} />
      {!narrow && screen && <ControlButton control={screen} />}
      {hand && <ControlButton control={hand} />}
      {!narrow && <ReactionsButton visit={visit} />}
      {self?.whyNot.chat !== 'off' && (
        <RoundButton
          label={text.chat}
          icon={MessageSquare}
          tone={panel === 'chat' ? 'on' : 'plain'}
          keys={KEYS.chat}
          count={unread}
          urgent
          note={unread > 0 ? text.unread(unread) : undefined}
          aria-controls="chat"
          aria-expanded={panel === 'chat'}
          onClick={() => onPanel('chat')}
        />
      )}
      <RoundButton
        label={text.people}
        icon={Users}
        tone={panel === 'people' ? 'on' : 'plain'}
        keys={KEYS.people}
        count={waiting || people.length}
        urgent={waiting > 0}
        note={waiting > 0 ? text.waiting(waiting) : undefined}
        aria-controls="people"
        aria-expanded={panel === 'people'}
        onClick={() => onPanel('people')}
      />
      {!narrow && moderates && (
        <RoundButton label={text.host} icon={ShieldCheck} aria-haspopup="dialog" onClick={onHostControls} />
      )}
      {narrow || recording ? (
        <MoreMenu {...{ visit, narrow, screen, recording, onSettings, onHostControls }} />
      ) : (
        <RoundButton label={text.settings} icon={Settings} aria-haspopup="dialog" onClick={onSettings} />
      )}
      <LeaveButton onLeave={() => void leave(visit)} {...(moderates ? { onEnd } : {})} />
    </div>
  );
}

function ControlButton({ control: { press, ...control } }: { control: Controls['microphone'] }) {
  return <RoundButton {...control} onClick={press} />;
}

/** Locked it is a button that says why; a room may also have none. */
function ReactionsButton({ visit }: { visit: Visit }) {
  const { self } = useStore(visit.meeting);
  if (self?.whyNot.reactions === 'off') return null;
  const locked = whyNot(self, 'reactions');
  if (locked) return <RoundButton label={text.react} icon={SmilePlus} locked={locked} />;
  return (
    <Menu
      label={text.react}
      width={228}
      className="reactions"
      button={(opens) => <RoundButton label={text.react} icon={SmilePlus} {...opens} />}
    >
      <ReactionItems meeting={visit.meeting} />
    </Menu>
  );
}
