import type { LocalMedia } from '@conclave/sdk';
import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useStore } from '../app/useStore';
import { strings } from '../strings';
import { Picture } from '../ui/Picture';
import { RoundButton } from '../ui/RoundButton';
import { useStreamOf } from '../ui/useStreamOf';
import { LevelBar } from './LevelBar';
import { Problems } from './Problems';

const { lobby, bar, devices } = strings;

/** How others will see this person, with the two switches that matter before joining. */
export function Preview({ media }: { media: LocalMedia }) {
  const { microphone, camera } = useStore(media);
  const stream = useStreamOf(camera.track);
  return (
    <>
      <div className="preview">
        {stream ? (
          <Picture stream={stream} mirrored label={lobby.preview} />
        ) : (
          <p className="preview-off">{camera.opening ? lobby.cameraOpening : lobby.cameraOff}</p>
        )}
        <div className="preview-bar">
          <RoundButton
            label={microphone.on ? bar.mute : bar.unmute}
            icon={microphone.on ? Mic : MicOff}
            tone={microphone.on ? 'plain' : 'off'}
            onClick={() => void media.setMicrophone(!microphone.on)}
          />
          <RoundButton
            label={camera.on ? bar.stopCamera : bar.startCamera}
            icon={camera.on ? Video : VideoOff}
            tone={camera.on ? 'plain' : 'off'}
            onClick={() => void media.setCamera(!camera.on)}
          />
        </div>
      </div>
      <LevelBar track={microphone.on ? microphone.track : null} label={devices.level} />
      <Problems camera={camera.problem} microphone={microphone.problem} />
    </>
  );
}
