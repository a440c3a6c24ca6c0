/** What the bar, its menu and the keys do: here alone it is decided what is on, what is locked, and why. */
import { type Allowed, canShareScreen, type Self } from '@conclave/sdk';
import { Hand, type LucideIcon, Mic, MicOff, MonitorUp, MonitorX, Video, VideoOff } from 'lucide-react';
import { useStore } from '../app/useStore';
import type { Visit } from '../app/visit';
import { strings } from '../strings';
import type { RoundButtonProps } from '../ui/RoundButton';
import { KEYS } from './keys';
import type { ToastBoard } from './toastBoard';

const text = strings.bar;

export interface Control extends Pick<RoundButtonProps, 'keys' | 'tone'> {
  label: string;
  icon: LucideIcon;
  /** Why it cannot be used now. */
  locked: string | null;
  /** Does it, or says why not. */
  press: () => void;
}

export interface Controls {
  microphone: Control;
  camera: Control;
  /** Null where this browser cannot share a screen. */
  screen: Control | null;
  /** Null where the room has no raised hands. */
  hand: Control | null;
}

export function useControls({ meeting, media }: Visit, toasts: ToastBoard): Controls {
  const { self, people } = useStore(meeting);
  const { microphone, camera, screen } = useStore(media);
  const raised = people.find((person) => person.self)?.hand !== undefined;
  const guarded = (right: keyof Allowed, act: () => void) => {
    const locked = whyNot(self, right);
    return { locked, press: locked ? () => toasts.show({ text: locked }) : act };
  };
  return {
    microphone: {
      label: microphone.on ? text.mute : text.unmute,
      icon: microphone.on ? Mic : MicOff,
      tone: microphone.on ? 'plain' : 'off',
      keys: KEYS.microphone,
      ...guarded('microphone', () => void media.setMicrophone(!microphone.on)),
    },
    camera: {
      label: camera.on ? text.stopCamera : text.startCamera,
      icon: camera.on ? Video : VideoOff,
      tone: camera.on ? 'plain' : 'off',
      keys: KEYS.camera,
      ...guarded('camera', () => void media.setCamera(!camera.on)),
    },
    screen: canShareScreen()
      ? {
          label: screen.on ? text.stopShare : text.share,
          icon: screen.on ? MonitorX : MonitorUp,
          tone: screen.on ? 'on' : 'plain',
          ...guarded('screen', () => (screen.on ? media.stopScreen() : void media.startScreen())),
        }
      : null,
    hand:
      self?.whyNot.hand === 'off'
        ? null
        : {
            label: raised ? text.lowerHand : text.raiseHand,
            icon: Hand,
            tone: raised ? 'on' : 'plain',
            keys: KEYS.hand,
            ...guarded('hand', () => meeting.raiseHand(!raised)),
          },
  };
}

/** In words, why somebody may not do something; null where they may. */
export function whyNot(self: Self | null, right: keyof Allowed): string | null {
  const why = self?.whyNot[right] ?? null;
  // Who may not write at all may neither write to one person nor send files.
  if ((right === 'privateChat' || right === 'files') && self?.whyNot.chat) return whyNot(self, 'chat');
  return why === 'hidden' ? strings.locked.hidden : why && strings.locked[right][why];
}
