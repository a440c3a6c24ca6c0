/**
 * Layers of a camera by the size that it really captures. Chromium encodes as many layers as the
 * size allows and leaves out the *last* encodings, so the largest stands first (seen in Chromium
 * 156: 960×540 gives three, 480×270 two, less gives one).
 */

export interface Layer {
  rid: 'h' | 'm' | 'l';
  active: boolean;
  scaleResolutionDownBy: number;
  maxBitrate: number;
}

const RIDS = ['h', 'm', 'l'] as const;

/** Layers for a picture of this size, always three, the largest first. */
export function layersFor(width: number, height: number): Layer[] {
  const pixels = width * height;
  const count = pixels >= 960 * 540 ? 3 : pixels >= 480 * 270 ? 2 : 1;
  return RIDS.map((rid, index) => {
    const scale = 2 ** index;
    return {
      rid,
      active: index < count,
      scaleResolutionDownBy: scale,
      maxBitrate: bitrateFor(Math.min(width, height) / scale),
    };
  });
}

/** Bits a second for a talking head of this height in VP8 at up to 30 frames a second. */
function bitrateFor(height: number): number {
  if (height >= 1080) return 3_000_000;
  if (height >= 720) return 1_700_000;
  if (height >= 540) return 1_200_000;
  if (height >= 360) return 600_000;
  if (height >= 240) return 300_000;
  return 150_000;
}

/** Layers of the size that is asked for, until the real one is known. */
export const INITIAL_LAYERS: Layer[] = layersFor(1280, 720);

/** A screen is one layer: text in a smaller copy could not be read. */
export const SCREEN_MAX_BITRATE = 2_500_000;
