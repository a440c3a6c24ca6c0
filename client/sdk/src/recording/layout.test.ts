import { expect, it } from 'vitest';
import { filling, fitted, MAX_BESIDE, MAX_TILES, placesOf, type Rect, within } from './layout.js';

const SIZE = { width: 1280, height: 720 };
const counts = Array.from({ length: 40 }, (_, count) => count);

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

it.each([false, true])('places are inside, whole pixels, and never over each other (stage: %s)', (hasStage) => {
  for (const count of counts) {
    const places = placesOf(count, hasStage, SIZE);
    expect(places).toHaveLength(Math.min(count, hasStage ? 1 + MAX_BESIDE : MAX_TILES));
    for (const [index, place] of places.entries()) {
      const { x, y, width, height } = place;
      expect([x, y, width, height].every(Number.isInteger)).toBe(true);
      expect(x >= 0 && y >= 0 && x + width <= SIZE.width && y + height <= SIZE.height).toBe(true);
      expect(width > 100 && height > 100).toBe(true);
      expect(places.slice(index + 1).some((other) => overlap(place, other))).toBe(false);
    }
  }
});

it('one alone has everything; a grid is of equal places of 16:9, the last row in the middle', () => {
  expect(placesOf(1, false, SIZE)).toEqual([{ x: 0, y: 0, ...SIZE }]);
  expect(placesOf(1, true, SIZE)).toEqual([{ x: 0, y: 0, ...SIZE }]);
  expect(new Set(placesOf(4, false, SIZE).map(({ x }) => x)).size).toBe(2);
  const [first, second, third] = placesOf(3, false, SIZE);
  expect(first!.width / first!.height).toBeCloseTo(16 / 9, 1);
  const middle = (first!.x + second!.x + second!.width) / 2;
  expect(Math.abs(third!.x + third!.width / 2 - middle)).toBeLessThanOrEqual(1);
});

it('a shared screen is large, the others beside it', () => {
  const [stage, ...beside] = placesOf(4, true, SIZE);
  expect(stage!.width).toBeGreaterThan(SIZE.width * 0.75);
  for (const { x } of beside) expect(x).toBeGreaterThanOrEqual(stage!.x + stage!.width);
});

it('a person fills the place, a screen is shown whole', () => {
  const wide = filling({ width: 640, height: 480 }, { width: 320, height: 180 });
  expect(wide).toEqual({ x: 0, y: 60, width: 640, height: 360 });
  const tall = filling({ width: 720, height: 1280 }, { width: 160, height: 90 });
  expect(tall).toEqual({ x: 0, y: 437.5, width: 720, height: 405 });
  const place = { x: 10, y: 20, width: 320, height: 180 };
  expect(within({ width: 640, height: 360 }, place)).toEqual(place);
  expect(within({ width: 360, height: 360 }, place)).toEqual({ x: 80, y: 20, width: 180, height: 180 });
});

it('a name that is too long is cut, and says so', () => {
  const widthOf = (text: string) => [...text].length * 10;
  expect(fitted('Ada', 30, widthOf)).toBe('Ada');
  expect(fitted('Ada Lovelace', 50, widthOf)).toBe('Ada…');
  expect(fitted('😀😀😀', 20, widthOf)).toBe('😀…');
  expect(fitted('Ada', 0, widthOf)).toBe('…');
});
