import { expect, it } from 'vitest';
import { layersFor } from './simulcast.js';

const active = (width: number, height: number) =>
  layersFor(width, height).flatMap((layer) => (layer.active ? [layer.rid] : []));

it.each([
  [1280, 720, ['h', 'm', 'l']],
  [960, 540, ['h', 'm', 'l']],
  [640, 480, ['h', 'm']],
  [640, 360, ['h', 'm']],
  [320, 240, ['h']],
  [720, 1280, ['h', 'm', 'l']],
])('a capture of %i×%i sends %j', (width, height, rids) => {
  expect(active(width, height)).toEqual(rids);
});

it('the largest stands first, each half of the one before', () => {
  const layers = layersFor(1280, 720);
  expect(layers.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([1, 2, 4]);
  expect(layers.map(({ maxBitrate }) => maxBitrate)).toEqual([1_700_000, 600_000, 150_000]);
});
