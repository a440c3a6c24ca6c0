import type { Meeting, Want } from '@conclave/sdk';
import { useEffect } from 'react';

/** A layout settles within this time; only then the node is told what it shows. */
const SETTLE_MILLIS = 150;

/** Asks the node for what the tiles show, as large as they are. */
export function useView(meeting: Meeting, wants: readonly Want[]): void {
  const text = JSON.stringify(wants);
  useEffect(() => {
    const timer = setTimeout(() => meeting.setView(JSON.parse(text) as Want[]), SETTLE_MILLIS);
    return () => clearTimeout(timer);
  }, [meeting, text]);
}

/** A tile's height in device pixels, in steps that a few pixels of layout do not change. */
export function wantedHeight(cssPixels: number): number {
  return Math.min(2160, Math.ceil((cssPixels * devicePixelRatio) / 30) * 30);
}
