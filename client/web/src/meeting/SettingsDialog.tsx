import type { LocalMedia } from '@conclave/sdk';
import { useStore } from '../app/useStore';
import { DevicePickers } from '../lobby/DevicePickers';
import { LevelBar } from '../lobby/LevelBar';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';
import { Dialog } from '../ui/Dialog';
import { DeviceData } from './data/DeviceData';

const text = strings.devices;

interface SettingsDialogProps {
  media: LocalMedia;
  /** Asks first. */
  onClear: () => void;
  onClose: () => void;
}

/** Devices, changed during the meeting, and what this one keeps. */
export function SettingsDialog({ media, onClear, onClose }: SettingsDialogProps) {
  const { camera, microphone } = useStore(media);
  return (
    <Dialog heading={text.heading} onClose={onClose}>
      <Problems camera={camera.problem} microphone={microphone.problem} />
      <DevicePickers media={media} />
      <LevelBar track={microphone.track} label={text.level} />
      <DeviceData onClear={onClear} />
    </Dialog>
  );
}
