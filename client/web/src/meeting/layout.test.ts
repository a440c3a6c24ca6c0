import { describe, expect, it } from 'vitest';
import { besideScreen, bestTile, GAP, howMany } from './layout';

const desktop = { width: 1264, height: 640 };
const phone = { width: 374, height: 680 };

describe('bestTile', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('%i tiles stay inside and cover what they can', (count) => {
    for (const area of [desktop, phone]) {
      const tile = bestTile(count, area);
      const columns = Math.floor((area.width + GAP) / (tile.width + GAP));
      const rows = Math.floor((area.height + GAP) / (tile.height + GAP));
      expect(columns * rows).toBeGreaterThanOrEqual(count);
    }
  });

  it('two people on a wide screen sit side by side, on a phone one above the other', () => {
    expect(bestTile(2, desktop).width).toBeLessThan(desktop.width / 2);
    expect(bestTile(2, phone).width).toBeGreaterThan(phone.width / 2);
  });

  it('one person on a phone fills more than a wide strip', () => {
    expect(bestTile(1, phone).height).toBeGreaterThan(phone.width / (16 / 9) + 100);
  });
});

it('never more tiles than there are video slots, nor tiles too small to see', () => {
  expect(howMany(40, desktop)).toBe(9);
  expect(howMany(9, { width: 300, height: 200 })).toBeLessThan(9);
  expect(howMany(1, { width: 10, height: 10 })).toBe(1);
});

it('a strip stands where there is room', () => {
  expect(besideScreen(desktop)).toMatchObject({ side: 'right' });
  expect(besideScreen(phone)).toMatchObject({ side: 'bottom' });
  expect(besideScreen(phone).places).toBeGreaterThanOrEqual(3);
});
