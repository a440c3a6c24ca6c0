import { expect, it, vi } from 'vitest';
import type { Pid } from '../protocol.js';
import { Exchange, type RelayPipe } from './exchange.js';
import type { PublicEntry } from './historyPages.js';
import { HistorySharing } from './historySharing.js';

const ENTRIES: PublicEntry[] = Array.from({ length: 150 }, (_, at) => ({
  from: 'x',
  name: 'Xia',
  text: `${at} ${'z'.repeat(1_000)}`,
  at,
}));

const noPipe = (): RelayPipe => ({
  bufferedAmount: 0,
  send: () => false,
  onMessage: () => undefined,
  onDrain: () => undefined,
});

/** People whose channels meet, each with what they tell. */
function room(tells: Record<Pid, (pid: Pid) => readonly PublicEntry[] | null>) {
  const pipes = new Map<Pid, RelayPipe>();
  const people = Object.entries(tells).map(([pid, tell]): [Pid, HistorySharing] => {
    const exchange = new Exchange({ seal: async (_, plain) => plain, open: async (_, sealed) => sealed });
    const pipe: RelayPipe = {
      bufferedAmount: 0,
      send: (to, kind, body) => {
        setTimeout(() => pipes.get(to)?.onMessage(pid, kind, body));
        return true;
      },
      onMessage: () => undefined,
      onDrain: () => undefined,
    };
    pipes.set(pid, pipe);
    exchange.attach(pipe);
    return [pid, new HistorySharing({ exchange, tell })];
  });
  return { of: (pid: Pid) => new Map(people).get(pid)!, leave: (pid: Pid) => pipes.delete(pid) };
}

it('a late joiner is told by the first who may tell something', async () => {
  const { of } = room({ a: () => null, b: () => [], c: (pid) => (pid === 'late' ? ENTRIES : null), late: () => null });
  const told = await of('late').ask(['a', 'b', 'c']);
  expect(told).toHaveLength(150);
  expect(told!.every(({ toldBy, text }, at) => toldBy === 'c' && text === ENTRIES[at]!.text)).toBe(true);
});

it('is told nothing where nobody tells anything, or is there', async () => {
  const { of } = room({ a: () => null, late: () => null });
  expect(await of('late').ask(['a'])).toBeNull();
  expect(await of('late').ask([])).toBeNull();
});

it('asks the next one when one does not answer, and at once when one left', async () => {
  vi.useFakeTimers();
  const { of, leave } = room({ a: () => ENTRIES, b: () => ENTRIES, c: () => ENTRIES, late: () => null });
  for (const pid of ['a', 'b']) leave(pid);
  const told = of('late').ask(['a', 'b', 'c']);
  await vi.advanceTimersByTimeAsync(3_990);
  await vi.advanceTimersByTimeAsync(20);
  of('late').left('b');
  await vi.advanceTimersByTimeAsync(500);
  expect((await told)![0]).toMatchObject({ toldBy: 'c' });
  vi.useRealTimers();
});

it('asks when there is a channel, and not before', async () => {
  vi.useFakeTimers();
  const exchange = new Exchange({ seal: async (_, plain) => plain, open: async (_, sealed) => sealed });
  const told = new HistorySharing({ exchange, tell: () => null }).ask(['a']);
  await vi.advanceTimersByTimeAsync(60_000);
  const send = vi.fn(() => true);
  exchange.attach({ ...noPipe(), send });
  await vi.advanceTimersByTimeAsync(1);
  expect(send).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(8_000);
  expect(send).toHaveBeenCalledTimes(2);
  expect(await told).toBeNull();
  vi.useRealTimers();
});

it('a new question, or the end, ends the one before', async () => {
  const { of } = room({ late: () => null });
  const first = of('late').ask(['nobody']);
  const second = of('late').ask(['nobody']);
  expect(await first).toBeNull();
  of('late').close();
  expect(await second).toBeNull();
});
