import type { LocalMedia } from '@conclave/sdk';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useStore } from '../app/useStore';
import { DevicePickers } from '../lobby/DevicePickers';
import { LevelBar } from '../lobby/LevelBar';
import { Problems } from '../lobby/Problems';
import { strings } from '../strings';

const text = strings.devices;

/** Devices, changed during the meeting. */
export function SettingsDialog({ media, onClose }: { media: LocalMedia; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { camera, microphone } = useStore(media);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-label={text.heading} onClose={onClose}>
      <header>
        <h2>{text.heading}</h2>
        <button type="button" className="icon-button" aria-label={strings.close} onClick={() => dialog.current?.close()}>
          <X aria-hidden size={20} />
        </button>
      </header>
      <Problems camera={camera.problem} microphone={microphone.problem} />
      <DevicePickers media={media} />
      <LevelBar track={microphone.track} label={text.level} />
    </dialog>
  );
}
