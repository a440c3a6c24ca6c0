import type { LocalMedia } from '@conclave/sdk';
import { Volume2 } from 'lucide-react';
import { useId } from 'react';
import { useStore } from '../app/useStore';
import { strings } from '../strings';
import { Button } from '../ui/Button';
import { canChooseSpeaker, playTestSound } from './testSound';

const text = strings.devices;

/** Which camera, microphone and loudspeaker are used. */
export function DevicePickers({ media }: { media: LocalMedia }) {
  const { devices, camera, microphone, speakerId } = useStore(media);
  return (
    <div className="device-pickers">
      <Picker
        label={text.camera}
        devices={devices.cameras}
        value={camera.deviceId}
        onChange={(id) => void media.choose('camera', id)}
      />
      <Picker
        label={text.microphone}
        devices={devices.microphones}
        value={microphone.deviceId}
        onChange={(id) => void media.choose('microphone', id)}
      />
      {canChooseSpeaker() && (
        <Picker
          label={text.speaker}
          devices={devices.speakers}
          value={speakerId}
          onChange={(id) => media.chooseSpeaker(id)}
        />
      )}
      <Button look="quiet" icon={Volume2} onClick={() => void playTestSound(speakerId)}>
        {text.test}
      </Button>
    </div>
  );
}

interface PickerProps {
  label: string;
  devices: readonly MediaDeviceInfo[];
  value: string;
  onChange: (deviceId: string) => void;
}

function Picker({ label, devices, value, onChange }: PickerProps) {
  const id = useId();
  // Chromium lists 'default' itself; here the empty choice stands for it.
  const listed = devices.filter(({ deviceId }) => deviceId !== 'default');
  const known = listed.some(({ deviceId }) => deviceId === value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={known ? value : ''}
        disabled={listed.length === 0}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{text.systemDefault}</option>
        {listed.map(({ deviceId, label: name }) => (
          <option key={deviceId} value={deviceId}>
            {name || label}
          </option>
        ))}
      </select>
    </div>
  );
}
