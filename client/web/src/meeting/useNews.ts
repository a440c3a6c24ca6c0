import type { LocalMedia, MediaProblem } from '@conclave/sdk';
import { useEffect, useState } from 'react';
import { useStore } from '../app/useStore';

interface DeviceProblems {
  camera: MediaProblem | null;
  microphone: MediaProblem | null;
}

/**
 * Device problems that are news: not those that the lobby told of, nor those that were dismissed.
 * A problem that goes away and comes back is news again.
 */
export function useNews(media: LocalMedia): DeviceProblems & { dismiss: () => void } {
  const state = useStore(media);
  const camera = state.camera.problem;
  const microphone = state.microphone.problem;
  const [known, setKnown] = useState<DeviceProblems>({ camera, microphone });
  useEffect(() => {
    setKnown((before) => ({
      camera: camera && before.camera,
      microphone: microphone && before.microphone,
    }));
  }, [camera, microphone]);
  return {
    camera: camera === known.camera ? null : camera,
    microphone: microphone === known.microphone ? null : microphone,
    dismiss: () => setKnown({ camera, microphone }),
  };
}
