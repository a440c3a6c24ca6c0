/** The keyboard's way to the meeting's controls. */
import type { LocalMedia } from '@conclave/sdk';
import { useEffect, useEffectEvent } from 'react';
import type { Controls } from './controls';
import { isMac } from './keys';

interface Actions {
  toggleChat: () => void;
  togglePeople: () => void;
  escape: () => void;
}

export function useShortcuts(media: LocalMedia, controls: Controls, actions: Actions): void {
  /** What a key does; nothing where it is not one of ours. */
  const find = useEffectEvent(({ code, altKey, metaKey, ctrlKey }: KeyboardEvent): (() => void) | undefined => {
    if (!(isMac ? metaKey : ctrlKey)) return undefined;
    if (!altKey && code === 'KeyD') return controls.microphone.press;
    if (!altKey && code === 'KeyE') return controls.camera.press;
    if (altKey && code === 'KeyC') return actions.toggleChat;
    if (altKey && code === 'KeyP') return actions.togglePeople;
    if (altKey && code === 'KeyH') return controls.hand?.press;
    return undefined;
  });
  const escape = useEffectEvent(() => actions.escape());
  /** Unmutes while Space is held; true where that is allowed. */
  const talk = useEffectEvent((): boolean => {
    if (controls.microphone.locked) controls.microphone.press();
    else void media.setMicrophone(true);
    return !controls.microphone.locked;
  });

  useEffect(() => {
    let talking = false;
    const down = (event: KeyboardEvent) => {
      const action = find(event);
      if (action) {
        event.preventDefault();
        if (!event.repeat) action();
      } else if (event.code === 'Escape') {
        // A menu or dialog that is open above all is what Escape closes.
        if (!document.querySelector(':popover-open, dialog[open]')) escape();
      } else if (event.code === 'Space' && !isControl(event.target)) {
        event.preventDefault();
        if (!event.repeat && !media.getState().microphone.on) talking = talk();
      }
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
  }, [media]);
}

/** Space belongs to whatever has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, input, select, textarea, summary, dialog') !== null;
}
