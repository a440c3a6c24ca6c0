import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConclaveError, type Problem } from './errors.js';
import { Vigil } from './vigil.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A vigil whose questions are answered with these problems in turn, then well. */
function keep(...problems: (Problem | 'well')[]) {
  const begin = Date.now();
  const asked: number[] = [];
  const onGone = vi.fn();
  const ask = async () => {
    asked.push(Date.now() - begin);
    const problem = problems.shift() ?? 'well';
    if (problem !== 'well') throw new ConclaveError(problem, problem);
  };
  const vigil = new Vigil({ ask, onGone, random: () => 0 });
  vigil.heard();
  return { vigil, asked, onGone };
}

it('asks nobody while the owner beats', async () => {
  const { vigil, asked } = keep();
  for (let i = 0; i < 30; i++) {
    await vi.advanceTimersByTimeAsync(1_000);
    vigil.heard();
  }
  expect(asked).toEqual([]);
  vigil.stop();
});

it('tells within 2.5 s of silence that the owner knows this person no more, once', async () => {
  const { asked, onGone } = keep('absent');
  await vi.advanceTimersByTimeAsync(2_500);
  expect(onGone).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([2_500]);
  expect(onGone).toHaveBeenCalledOnce();
});

it('asks at once when media is in trouble', async () => {
  const { vigil, asked, onGone } = keep('absent');
  vigil.trouble();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([0]);
  expect(onGone).toHaveBeenCalledOnce();
});

it('waits on after a good answer, and asks ever more rarely', async () => {
  const { vigil, asked, onGone } = keep();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([2_500, 7_500, 17_500, 37_500, 57_500]);
  expect(onGone).not.toHaveBeenCalled();
  vigil.stop();
});

it('goes on asking while there is no answer, and stops when the owner is heard', async () => {
  const { vigil, asked, onGone } = keep(...Array<Problem>(50).fill('busy'));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked.length).toBeGreaterThan(4);
  expect(asked.length).toBeLessThan(12);
  const before = asked.length;
  const beat = setInterval(() => vigil.heard(), 1_000);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked.length).toBeLessThanOrEqual(before + 1);
  expect(onGone).not.toHaveBeenCalled();
  clearInterval(beat);
  vigil.stop();
});

it('believes that the room is over when it is said twice, three seconds apart', async () => {
  const once = keep('ended', 'well');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(once.onGone).not.toHaveBeenCalled();
  once.vigil.stop();
  const twice = keep('ended', 'ended');
  await vi.advanceTimersByTimeAsync(5_400);
  expect(twice.onGone).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(twice.onGone).toHaveBeenCalledOnce();
});

it('says and asks nothing after its end', async () => {
  const { vigil, asked, onGone } = keep('busy', 'absent');
  await vi.advanceTimersByTimeAsync(2_600);
  vigil.stop();
  vigil.heard();
  vigil.trouble();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual([2_500]);
  expect(onGone).not.toHaveBeenCalled();
});
