import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BusLinkOptions } from './busLink.js';
import type { RenewLimits } from './connection.js';
import { Door } from './door.js';
import { ConclaveError } from './errors.js';
import type { WaitingAtDoor } from './protocol.js';

let bus: BusLinkOptions;
const said = vi.fn();
vi.mock('./busLink.js', () => ({
  BusLink: class {
    readonly start = () => undefined;
    readonly publish = said;
    readonly close = async () => undefined;
    constructor(options: BusLinkOptions) {
      bus = options;
    }
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setting(
  renew = vi.fn(async (_: RenewLimits) => ({ urls: [], jwt: '', expires_in: 600 })),
  hello: () => Promise<string | undefined> = async () => undefined,
) {
  said.mockClear();
  const events = { admitted: vi.fn(), removed: vi.fn(), lost: vi.fn() };
  const waiting = { sid: 's', node: 'n', pid: 'p', bus: {} } as unknown as WaitingAtDoor;
  const door = new Door(waiting, { publicKey: 'U', seed: new Uint8Array() }, renew, hello, events);
  door.start();
  bus.onUp();
  return { door, events, renew };
}

it('says that it waits until it is let in', async () => {
  const { door, events } = setting();
  await vi.advanceTimersByTimeAsync(10_500);
  expect(said.mock.calls.map(([kind]) => kind)).toEqual(['waiting', 'waiting', 'waiting']);
  bus.onMessage({ to: 'one', kind: 'admitted', body: {} });
  expect(events.admitted).toHaveBeenCalledOnce();
  await door.close();
  bus.onMessage({ to: 'one', kind: 'removed', body: { how: 'refused' } });
  expect(events.removed).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

it('hears that it is refused', async () => {
  const { door, events } = setting();
  bus.onMessage({ to: 'one', kind: 'removed', body: { how: 'refused' } });
  expect(events.removed).toHaveBeenCalledWith('refused');
  await door.close();
});

it('notices that the owner knows nobody here any more', async () => {
  const absent = vi.fn(async (_: RenewLimits) => Promise.reject(new ConclaveError('absent', 'gone')));
  const { door, events } = setting(absent);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(events.lost).toHaveBeenCalledOnce();
  await door.close();
});

it('says by which name it waits, sealed for those who have the key', async () => {
  const { door } = setting(undefined, async () => 'sealed');
  await vi.advanceTimersByTimeAsync(10);
  expect(said).toHaveBeenCalledWith('waiting', { hello: 'sealed' });
  await door.close();
});
