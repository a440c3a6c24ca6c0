import { LevelMeter, type LocalMedia } from '@conclave/sdk';
import { useEffect, useState } from 'react';
import { useStore } from '../app/useStore';

const LOUD = 0.6;
const TICK_MILLIS = 100;
/** So much of the last second must be loud: a cough is not. */
const LOUD_TICKS = 6;
const SHOWN_MILLIS = 4_000;

/** True for a while after somebody spoke into a muted microphone. */
export function useMutedSpeech(media: LocalMedia): boolean {
  const { microphone } = useStore(media);
  const track = microphone.on ? null : microphone.track;
  const [noticed, setNoticed] = useState(false);
  useEffect(() => {
    if (!track) return;
    const meter = new LevelMeter(track);
    let loud = 0;
    let hide: ReturnType<typeof setTimeout> | undefined;
    const timer = setInterval(() => {
      loud = meter.read() > LOUD ? loud + 1 : Math.max(0, loud - 1);
      if (loud < LOUD_TICKS) return;
      loud = 0;
      setNoticed(true);
      clearTimeout(hide);
      hide = setTimeout(() => setNoticed(false), SHOWN_MILLIS);
    }, TICK_MILLIS);
    return () => {
      clearInterval(timer);
      clearTimeout(hide);
      setNoticed(false);
      meter.close();
    };
  }, [track]);
  return noticed;
}
