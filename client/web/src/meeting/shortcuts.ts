/** Keys of a meeting, in one table for the handler and for the tooltips. */
import type { LocalMedia } from '@conclave/sdk';
import { useEffect } from 'react';

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
const control = isMac ? '⌘' : 'Ctrl+';

export const KEYS = {
  microphone: { shown: `${control}D`, aria: isMac ? 'Meta+D' : 'Control+D' },
  camera: { shown: `${control}E`, aria: isMac ? 'Meta+E' : 'Control+E' },
  people: { shown: isMac ? '⌘⌥P' : 'Ctrl+Alt+P', aria: isMac ? 'Meta+Alt+P' : 'Control+Alt+P' },
} as const;

interface Actions {
  togglePeople: () => void;
  escape: () => void;
}

export function useShortcuts(media: LocalMedia, { togglePeople, escape }: Actions): void {
  useEffect(() => {
    let talking = false;
    const down = (event: KeyboardEvent) => {
      const command = isMac ? event.metaKey : event.ctrlKey;
      const { microphone, camera } = media.getState();
      if (command && event.altKey && event.code === 'KeyP') togglePeople();
      else if (command && !event.altKey && event.code === 'KeyD') void media.setMicrophone(!microphone.on);
      else if (command && !event.altKey && event.code === 'KeyE') void media.setCamera(!camera.on);
      else if (event.code === 'Escape') return escape();
      else if (event.code === 'Space' && !isControl(event.target)) {
        if (!event.repeat && !microphone.on) {
          talking = true;
          void media.setMicrophone(true);
        }
      } else return;
      event.preventDefault();
    };
    const stopTalking = () => {
      if (talking) void media.setMicrophone(false);
      talking = false;
    };
    const up = (event: KeyboardEvent) => {
      if (event.code === 'Space') stopTalking();
    };
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    // A key that is let go of in another window is not reported.
    addEventListener('blur', stopTalking);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', stopTalking);
    };
  }, [media, togglePeople, escape]);
}

/** Space belongs to whatever has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, input, select, textarea, summary, dialog') !== null;
}
