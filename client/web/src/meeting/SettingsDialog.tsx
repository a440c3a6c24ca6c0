import type { LocalMedia } from '@conclave/sdk';
import { useStore } from '../app/useStore';
import { DevicePickers } from '../lobby/DevicePickers';
import { LevelBar } from '../lobby/LevelBar';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';
import { Dialog } from '../ui/Dialog';

const text = strings.devices;

/** Devices, changed during the meeting. */
export function SettingsDialog({ media, onClose }: { media: LocalMedia; onClose: () => void }) {
  const { camera, microphone } = useStore(media);
  return (
    <Dialog heading={text.heading} onClose={onClose}>
      <Problems camera={camera.problem} microphone={microphone.problem} />
      <DevicePickers media={media} />
      <LevelBar track={microphone.track} label={text.level} />
    </Dialog>
  );
}
