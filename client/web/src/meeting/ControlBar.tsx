import { canShareScreen } from '@conclave/sdk';
import { Mic, MicOff, MonitorUp, MonitorX, PhoneOff, Settings, Users, Video, VideoOff } from 'lucide-react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import { RoundButton } from '../ui/RoundButton';
import { KEYS } from './shortcuts';

const text = strings.bar;

interface ControlBarProps {
  visit: Visit;
  peopleOpen: boolean;
  onPeople: () => void;
  onSettings: () => void;
}

export function ControlBar({ visit, peopleOpen, onPeople, onSettings }: ControlBarProps) {
  const { self, people } = useStore(visit.meeting);
  const { microphone, camera, screen } = useStore(visit.media);
  const allowed = self?.allowed ?? { microphone: true, camera: true, screen: true };
  const { media } = visit;
  return (
    <div className="control-bar" role="toolbar" aria-label={text.label}>
      <RoundButton
        label={microphone.on ? text.mute : text.unmute}
        icon={microphone.on ? Mic : MicOff}
        tone={microphone.on ? 'plain' : 'off'}
        keys={KEYS.microphone}
        disabled={!allowed.microphone}
        onClick={() => void media.setMicrophone(!microphone.on)}
      />
      <RoundButton
        label={camera.on ? text.stopCamera : text.startCamera}
        icon={camera.on ? Video : VideoOff}
        tone={camera.on ? 'plain' : 'off'}
        keys={KEYS.camera}
        disabled={!allowed.camera}
        onClick={() => void media.setCamera(!camera.on)}
      />
      {canShareScreen() && (
        <RoundButton
          label={screen.on ? text.stopShare : text.share}
          icon={screen.on ? MonitorX : MonitorUp}
          tone={screen.on ? 'on' : 'plain'}
          disabled={!allowed.screen}
          onClick={() => (screen.on ? media.stopScreen() : void media.startScreen())}
        />
      )}
      <RoundButton
        label={text.people}
        icon={Users}
        tone={peopleOpen ? 'on' : 'plain'}
        keys={KEYS.people}
        count={people.length}
        aria-pressed={peopleOpen}
        onClick={onPeople}
      />
      <RoundButton label={text.settings} icon={Settings} aria-haspopup="dialog" onClick={onSettings} />
      <RoundButton label={text.leave} icon={PhoneOff} tone="danger" onClick={() => visit.meeting.leave()} />
    </div>
  );
}
