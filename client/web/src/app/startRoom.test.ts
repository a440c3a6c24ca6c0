import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Router } from './route';
import { type NewRoom, StartRoom } from './startRoom';

const BUSY = { status: false, msg: 'busy', status_code: 'INTERNAL_SERVER_ERROR' };
const STARTED = { status: true, msg: 'success', status_code: 'SUCCESS', invite: 'guests', host_invite: 'host' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Presses "Create a room" at an edge that answers so. */
async function create(answer: (attempt: number) => Response, room: NewRoom = { title: 'Board', encrypted: true }) {
  let attempts = 0;
  const bodies: unknown[] = [];
  vi.stubGlobal('fetch', async (_: unknown, { body }: { body: string }) => {
    bodies.push(JSON.parse(body));
    return answer(++attempts);
  });
  const go = vi.fn<(address: string) => void>();
  const start = new StartRoom();
  const created = start.create(room, { go } as unknown as Router);
  await vi.advanceTimersByTimeAsync(60_000);
  await created;
  return { go, attempts, bodies, state: start.getState() };
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

const started = () => new Response(JSON.stringify(STARTED));

it('key and name of a room stay in its link, a fresh key each time', async () => {
  const addresses = [];
  for (let count = 0; count < 2; count++) {
    const { go, bodies } = await create(started);
    expect(bodies).toEqual([{ title: '', encrypted: true }]);
    addresses.push(go.mock.calls[0]?.[0]);
  }
  const keys = addresses.map((address) => /^\/room#i=guests&k=([A-Za-z0-9_-]{43})&n=Board$/.exec(address ?? '')?.[1]);
  expect(keys.every(Boolean)).toBe(true);
  expect(keys[0]).not.toBe(keys[1]);
});

it('without end-to-end encryption there is no key, and the server is told the name', async () => {
  const { go, bodies } = await create(started, { title: 'Board', encrypted: false });
  expect(bodies).toEqual([{ title: 'Board', encrypted: false }]);
  expect(go).toHaveBeenCalledExactlyOnceWith('/room#i=guests');
});
