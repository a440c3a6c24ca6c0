import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BusLinkOptions } from './busLink.js';
import type { BusMessage } from './busConnection.js';
import { Connection, type ConnectionEvents, type RenewLimits } from './connection.js';
import { ConclaveError } from './errors.js';
import type { Peer, PeerState } from './offer.js';
import type { JoinedRoom } from './protocol.js';

let bus: BusLinkOptions;
vi.mock('./busLink.js', () => ({
  BusLink: class {
    readonly up = true;
    readonly start = () => undefined;
    readonly publish = () => undefined;
    readonly close = async () => undefined;
    constructor(options: BusLinkOptions) {
      bus = options;
    }
  },
}));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection of epoch 2 that is there, and what it tells. */
async function setting(renew = vi.fn(async (_: RenewLimits) => ({ urls: [], jwt: '', expires_in: 600 }))) {
  const peer = { onState: (_: PeerState) => undefined, slots: () => new Map(), accept: async () => undefined, close: vi.fn() };
  const snapshot = { epoch: 2, seq: 1, page: 0, pages: 1, people: [] };
  const joined = { pid: 'p', sid: 's', node: 'n', slots: { version: 0, slots: [] }, snapshot } as unknown as JoinedRoom;
  const names = ['changed', 'happened', 'busUp', 'displaced', 'shaky', 'steady', 'lost', 'refused'] as const;
  const events = Object.fromEntries(names.map((name) => [name, vi.fn()])) as unknown as ConnectionEvents;
  const key = { publicKey: 'U', seed: new Uint8Array() };
  const connection = new Connection(joined, peer as unknown as Peer, key, renew, events);
  await connection.start();
  peer.onState('connected');
  bus.onUp();
  const hear = (message: BusMessage) => bus.onMessage(message);
  const beat = (epoch: number) => hear({ to: 'all', kind: 'beat', body: { epoch, seq: 1 } });
  return { connection, peer, events, renew, hear, beat };
}

const absent = () => vi.fn(async (_: RenewLimits) => Promise.reject(new ConclaveError('absent', 'gone')));

it('is lost when a silent owner turns out not to know this person', async () => {
  const { events, renew } = await setting(absent());
  await vi.advanceTimersByTimeAsync(2_800);
  expect(renew).toHaveBeenCalledOnce();
  expect(events.lost).toHaveBeenCalledOnce();
});

it('stays while the owner beats, and when a silent one knows this person', async () => {
  const { connection, events, renew, beat } = await setting();
  for (let i = 0; i < 5; i++) {
    await vi.advanceTimersByTimeAsync(1_000);
    beat(2);
  }
  expect(renew).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(renew).toHaveBeenCalledOnce();
  expect(events.lost).not.toHaveBeenCalled();
  await connection.close();
});

it('asks at once when media is in trouble', async () => {
  const { peer, events } = await setting(absent());
  peer.onState('disconnected');
  await vi.advanceTimersByTimeAsync(0);
  expect(events.shaky).toHaveBeenCalledOnce();
  expect(events.lost).toHaveBeenCalledOnce();
});

it('is lost at the first beat or event of another owner, which changes nobody', async () => {
  const beaten = await setting();
  beaten.beat(3);
  expect(beaten.events.lost).toHaveBeenCalledOnce();
  await beaten.connection.close();
  const told = await setting();
  told.hear({ to: 'all', kind: 'event', body: { epoch: 3, seq: 2, event: { type: 'ended' } } });
  expect(told.events.lost).toHaveBeenCalledOnce();
  expect(told.events.happened).not.toHaveBeenCalled();
  await told.connection.close();
});

it('a retired connection asks and says nothing, and keeps its pictures until it is closed', async () => {
  const { connection, peer, events, renew, beat } = await setting();
  await connection.retire();
  beat(3);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(renew).not.toHaveBeenCalled();
  expect(events.lost).not.toHaveBeenCalled();
  expect(peer.close).not.toHaveBeenCalled();
  await connection.close();
  expect(peer.close).toHaveBeenCalledOnce();
});
