import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConclaveError, type Problem } from './errors.js';
import { mend } from './mending.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Attempts that fail with these problems in turn, then succeed. */
function steps(...problems: Problem[]) {
  const log: string[] = [];
  return {
    log,
    starting: (attempt: number, problem: ConclaveError | null) => void log.push(`${attempt} ${problem?.problem ?? '-'}`),
    attempt: async () => {
      const problem = problems.shift();
      if (problem) throw new ConclaveError(problem, problem);
    },
    failed: () => void log.push('failed'),
    doubtsEnd: () => false,
  };
}

it('goes on while it can help, and says what it is at', async () => {
  const three = steps('network', 'busy', 'service');
  const result = mend(three, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await result).toBeNull();
  expect(three.log).toEqual(['1 -', 'failed', '2 network', 'failed', '3 busy', 'failed', '4 service']);
});

it.each<Problem>(['ended', 'full', 'credential', 'clock', 'refused'])('gives up at once on "%s"', async (problem) => {
  const one = steps(problem);
  expect((await mend(one, new AbortController().signal))?.problem).toBe(problem);
  expect(one.log).toEqual(['1 -', 'failed']);
});

it('has the end confirmed three seconds later where it is in doubt', async () => {
  const twice = { ...steps('ended', 'ended'), doubtsEnd: () => true };
  let result: ConclaveError | null | undefined;
  void mend(twice, new AbortController().signal).then((ended) => (result = ended));
  await vi.advanceTimersByTimeAsync(2_900);
  expect(result).toBeUndefined();
  await vi.advanceTimersByTimeAsync(200);
  expect(result?.problem).toBe('ended');
  expect(twice.log).toEqual(['1 -', 'failed', '2 -', 'failed']);
});

it.each<Problem[]>([['ended'], ['ended', 'busy', 'ended'], ['ended', 'network']])('comes back after the error %s, %s, %s', async (...problems) => {
  const doubting = { ...steps(...problems), doubtsEnd: () => true };
  const result = mend(doubting, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await result).toBeNull();
});

it('stops without a word when nobody wants it any more', async () => {
  const stop = new AbortController();
  const many = steps(...Array<Problem>(50).fill('network'));
  const result = mend(many, stop.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  stop.abort();
  expect(await result).toBeNull();
  const said = many.log.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(many.log).toHaveLength(said);
});
