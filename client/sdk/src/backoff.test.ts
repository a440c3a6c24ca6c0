import { expect, it } from 'vitest';
import { backoffMillis, pause } from './backoff.js';

it('doubles up to a bound, and spreads over the upper half', () => {
  const most = [1, 2, 3, 10].map((attempt) => backoffMillis(attempt, { random: () => 1 }));
  expect(most).toEqual([250, 500, 1_000, 8_000]);
  expect(backoffMillis(1, { random: () => 0 })).toBe(125);
});

it('an aborted pause ends at once', async () => {
  const stop = new AbortController();
  const waiting = pause(60_000, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(pause(0, stop.signal)).rejects.toThrow('stopped');
});
