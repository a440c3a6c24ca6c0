import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BusLinkOptions } from './busLink.js';
import type { BusMessage } from './busConnection.js';
import { Connection, type ConnectionEvents, type RenewLimits } from './connection.js';
import { ConclaveError } from './errors.js';
import { Mailbox } from './mailbox.js';
import type { Peer, PeerState } from './offer.js';
import type { JoinedRoom } from './protocol.js';

let bus: BusLinkOptions;
const said = vi.fn();
const renewed = vi.fn();
vi.mock('./busLink.js', () => ({
  BusLink: class {
    readonly up = true;
    readonly start = () => undefined;
    readonly publish = said;
    readonly renewNow = renewed;
    readonly close = async () => undefined;
    constructor(options: BusLinkOptions) {
      bus = options;
    }
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  said.mockClear();
  renewed.mockClear();
});
afterEach(() => void vi.useRealTimers());

/** A connection of epoch 2 that is there, and what it tells. */
async function setting(
  renew = vi.fn(async (_: RenewLimits) => ({ urls: [], jwt: '', expires_in: 600 })),
  former?: { epoch: number; seq: number },
) {
  const peer = { onState: (_: PeerState) => undefined, slots: () => new Map(), accept: async () => undefined, close: vi.fn() };
  const snapshot = { epoch: 2, seq: 9, page: 0, pages: 1, people: [] };
  const joined = { pid: 'p', sid: 's', node: 'n', slots: { version: 0, slots: [] }, snapshot } as unknown as JoinedRoom;
  const events = {
    changed: vi.fn(),
    happened: vi.fn(),
    busUp: vi.fn(),
    caughtUp: vi.fn(),
    mail: vi.fn(),
    reacted: vi.fn(),
    backstage: vi.fn(),
    declined: vi.fn(),
    removed: vi.fn(),
    displaced: vi.fn(),
    shaky: vi.fn(),
    steady: vi.fn(),
    lost: vi.fn(),
    refused: vi.fn(),
  } satisfies ConnectionEvents;
  const key = { publicKey: 'U', seed: new Uint8Array() };
  const connection = new Connection(joined, peer as unknown as Peer, key, new Mailbox(), renew, events);
  if (former) connection.catchUpFrom({ roster: { ...connection.roster, ...former } });
  await connection.start();
  peer.onState('connected');
  bus.onUp();
  const hear = (message: BusMessage) => bus.onMessage(message);
  const beat = (epoch: number) => hear({ to: 'all', kind: 'beat', body: { epoch, seq: 9 } });
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
  told.hear({ to: 'all', kind: 'event', body: { epoch: 3, seq: 2, event: { type: 'ended', reason: 'duration' } } });
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

it('hands on private messages once each, and asks for one that is missing', async () => {
  const { connection, events, hear } = await setting();
  const mail = (number: number) => hear({ to: 'one', kind: 'mail', body: { number, from: 'a', to: 'p', text: `${number}` } });
  said.mockClear();
  mail(1);
  mail(1);
  expect(said).not.toHaveBeenCalled();
  mail(3);
  expect(said).toHaveBeenCalledExactlyOnceWith('resync', { epoch: 2, seq: 9, mail: 1 });
  mail(2);
  mail(3);
  expect(events.mail.mock.calls.map(([{ number }]) => number)).toEqual([1, 3, 2]);
  await connection.close();
});

it('fetches a credential when the role changes, and tells who removed this person how', async () => {
  const { connection, events, hear } = await setting();
  hear({ to: 'one', kind: 'role', body: { role: 'moderator' } });
  expect(renewed).toHaveBeenCalledOnce();
  hear({ to: 'one', kind: 'removed', body: { how: 'banned' } });
  expect(events.removed).toHaveBeenCalledExactlyOnceWith('banned');
  await connection.close();
});

it('makes up for what was written between two connections, once', async () => {
  const { connection, events, hear } = await setting(undefined, { epoch: 2, seq: 6 });
  expect(said).toHaveBeenCalledWith('resync', { epoch: 2, seq: 6, mail: 0 });
  const chat = (seq: number) => ({ epoch: 2, seq, event: { type: 'chat', pid: 'a', text: `${seq}` } as const });
  const left = { epoch: 2, seq: 8, event: { type: 'left', pid: 'p', reason: 'lost' } as const };
  const missed = [chat(6), chat(7), left, chat(9), chat(10)];
  hear({ to: 'one', kind: 'missed', body: { events: missed } });
  hear({ to: 'one', kind: 'missed', body: { events: missed } });
  const told = events.happened.mock.calls.map(([event]) => event);
  expect(told).toEqual([chat(7), chat(9), chat(10)].map(({ event }) => event));
  await connection.close();
});

it('of another owner\'s time there is nothing to make up for', async () => {
  const { connection } = await setting(undefined, { epoch: 1, seq: 6 });
  expect(said).toHaveBeenCalledWith('resync', { epoch: 2, seq: 9, mail: 0 });
  await connection.close();
});

it('is caught up when the answer is whole, each time that the bus is there again', async () => {
  const { connection, events, hear } = await setting();
  const { rules } = connection.joined.snapshot;
  const encryption = { mode: 'off' } as const;
  const page = (number: number) =>
    hear({ to: 'one', kind: 'snapshot', body: { epoch: 2, seq: 12, page: number, pages: 2, people: [], rules, encryption } });
  page(0);
  expect(events.caughtUp).not.toHaveBeenCalled();
  page(1);
  expect(events.caughtUp).toHaveBeenCalledOnce();
  bus.onUp();
  hear({ to: 'one', kind: 'missed', body: { events: [] } });
  expect(events.caughtUp).toHaveBeenCalledTimes(2);
  await connection.close();
});
