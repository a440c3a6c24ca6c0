import { expect, it } from 'vitest';
import { LeakWatch } from './leak.js';

/** Looks at totals that grow by these frames at each look; the numbers of those that told of a leak. */
function looks(steps: readonly (readonly [sent: number, sealed: number])[]): number[] {
  const watch = new LeakWatch();
  let [sent, sealed] = [0, 0];
  return steps.flatMap(([left, made], index) => {
    sent += left;
    sealed += made;
    return watch.look({ sent, sealed }) ? [index] : [];
  });
}

const times = (count: number, step: readonly [number, number]) => Array.from({ length: count }, () => step);

it('a meeting is no leak, nor a camera that is off, nor a slow worker', () => {
  expect(looks([...times(1_000, [45, 45]), ...times(100, [0, 0]), ...times(3, [45, 0]), ...times(10, [45, 45])])).toEqual([]);
});

it('what passes beside the worker is one, from the first two seconds on and after an hour', () => {
  expect(looks(times(6, [45, 0]))).toEqual([3, 4, 5]);
  expect(looks([...times(7_200, [45, 45]), ...times(6, [45, 0])])[0]).toBe(7_203);
});
