import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Reactions } from './reactions.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('each is shown for its time, and not too many at once', () => {
  const changed = vi.fn();
  const reactions = new Reactions(changed);
  reactions.show('a', 'heart');
  vi.advanceTimersByTime(3_000);
  for (let i = 0; i < 30; i++) reactions.show('b', 'applause');
  expect(reactions.shown).toHaveLength(20);
  vi.advanceTimersByTime(5_999);
  expect(reactions.shown).toHaveLength(20);
  vi.advanceTimersByTime(1);
  expect(reactions.shown).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
