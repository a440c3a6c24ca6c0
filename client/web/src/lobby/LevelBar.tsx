import { LevelMeter } from '@conclave/sdk';
import { useEffect, useRef } from 'react';

/** Shows that the microphone hears something. Drawn past React: it moves with every frame. */
export function LevelBar({ track, label }: { track: MediaStreamTrack | null; label: string }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!track) return;
    const meter = new LevelMeter(track);
    let frame = requestAnimationFrame(draw);
    function draw(): void {
      bar.current?.style.setProperty('--level', meter.read().toFixed(3));
      frame = requestAnimationFrame(draw);
    }
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
      bar.current?.style.setProperty('--level', '0');
    };
  }, [track]);
  return (
    <div className="level">
      <span>{label}</span>
      <div ref={bar} className="level-bar" aria-hidden />
    </div>
  );
}
