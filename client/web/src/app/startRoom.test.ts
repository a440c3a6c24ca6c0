import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Router } from './route';
import { StartRoom } from './startRoom';

const BUSY = { status: false, msg: 'busy', status_code: 'INTERNAL_SERVER_ERROR' };
const STARTED = { status: true, msg: 'success', status_code: 'SUCCESS', invite: 'guests', host_invite: 'host' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Presses "New meeting" at an edge that answers so. */
async function create(answer: (attempt: number) => Response) {
  let attempts = 0;
  vi.stubGlobal('fetch', async () => answer(++attempts));
  const go = vi.fn();
  const start = new StartRoom();
  const created = start.create('Board', { go } as unknown as Router);
  await vi.advanceTimersByTimeAsync(60_000);
  await created;
  return { go, attempts, state: start.getState() };
}

const busy = () => new Response(JSON.stringify(BUSY), { status: 503, headers: { 'retry-after': '1' } });

it('asks a busy service again until the room is made', async () => {
  const { go, attempts } = await create((attempt) => (attempt < 4 ? busy() : new Response(JSON.stringify(STARTED))));
  expect(attempts).toBe(4);
  expect(go).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('guests'));
});

it('says so when the service stays busy', async () => {
  const { go, attempts, state } = await create(busy);
  expect(attempts).toBeGreaterThan(10);
  expect(go).not.toHaveBeenCalled();
  expect(state).toMatchObject({ status: 'open', problem: { problem: 'busy' } });
});
