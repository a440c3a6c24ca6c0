import { expect, it, vi } from 'vitest';
import { type Envelope, Exchange, MAX_BUFFERED, type RelayPipe } from './exchange.js';
import { encode, type RelayKind } from './messages.js';

const FILE = 'AAECAwQFBgcICQoLDA0ODw';
const GONE = { type: 'gone', file: FILE } as const;
const CHUNK = { type: 'chunk', file: FILE, index: 0, bytes: new Uint8Array([1]) } as const;

function pipe() {
  const sent: [string, RelayKind][] = [];
  const made: RelayPipe & { bufferedAmount: number; sent: typeof sent; takes: boolean } = {
    bufferedAmount: 0,
    sent,
    takes: true,
    send: (to, kind) => {
      if (made.takes) sent.push([to, kind]);
      return made.takes;
    },
    onMessage: () => undefined,
    onDrain: () => undefined,
  };
  return made;
}

/** Opens everything but what begins with 0. */
const envelope: Envelope = {
  seal: async (to, plain) => (to === 'stranger' ? undefined : plain),
  open: async (_, sealed) => {
    if (sealed[0] === 0) throw new Error('forged');
    return sealed;
  },
};

function setting() {
  const exchange = new Exchange(envelope);
  const heard = vi.fn();
  const up = vi.fn();
  exchange.onMessage(heard);
  exchange.onUp(up);
  return { exchange, heard, up, channel: pipe() };
}

it('sends by kind; says where it cannot now, or never', async () => {
  const { exchange, channel } = setting();
  expect(await exchange.send('a', GONE)).toBe('full');
  exchange.attach(channel);
  expect(await exchange.send('a', GONE)).toBe('sent');
  expect(await exchange.send('b', CHUNK)).toBe('sent');
  expect(await exchange.send('stranger', CHUNK)).toBe('failed');
  channel.takes = false;
  expect(await exchange.send('a', GONE)).toBe('full');
  expect(channel.sent).toEqual([['a', 'ask'], ['b', 'data']]);
});

it('hears what opens and is understood, of the kind that it is to be of', async () => {
  const { exchange, channel, heard } = setting();
  exchange.attach(channel);
  channel.onMessage('a', 'ask', encode(GONE));
  channel.onMessage('a', 'data', encode(CHUNK));
  channel.onMessage('a', 'ask', encode(CHUNK));
  channel.onMessage('a', 'data', encode(GONE));
  channel.onMessage('a', 'ask', new Uint8Array([0]));
  channel.onMessage('a', 'ask', new Uint8Array([9, 9]));
  channel.onMessage('a', 'ask', new Uint8Array());
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2));
  expect(heard.mock.calls).toEqual([['a', GONE], ['a', CHUNK]]);
});

it('does not let a flood wait without bound', async () => {
  const { exchange, channel, heard } = setting();
  exchange.attach(channel);
  for (let i = 0; i < 1_000; i++) channel.onMessage('a', 'ask', encode(GONE));
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(256));
  channel.onMessage('a', 'ask', encode(GONE));
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(257));
});

it('another connection replaces the channel; nothing of the former one is heard', async () => {
  const { exchange, channel, heard, up } = setting();
  exchange.attach(channel);
  const next = pipe();
  exchange.attach(next);
  channel.onMessage('a', 'ask', encode(GONE));
  next.onMessage('b', 'ask', encode(GONE));
  await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce());
  expect(heard).toHaveBeenCalledWith('b', GONE);
  // The former one's end is no end of this one.
  exchange.detach(channel);
  expect(exchange.isUp).toBe(true);
  exchange.detach(next);
  exchange.detach();
  expect(up.mock.calls).toEqual([[true], [false], [true], [false]]);
});

it('waits for room: until it is told, at times by itself, and not without a channel', async () => {
  const { exchange, channel } = setting();
  expect(await exchange.room()).toBe(false);
  exchange.attach(channel);
  expect(await exchange.room()).toBe(true);
  channel.bufferedAmount = MAX_BUFFERED + 1;
  const told = exchange.room();
  channel.bufferedAmount = 0;
  channel.onDrain();
  expect(await told).toBe(true);
  channel.bufferedAmount = MAX_BUFFERED + 1;
  const untold = exchange.room();
  channel.bufferedAmount = 0;
  expect(await untold).toBe(true);
  channel.bufferedAmount = MAX_BUFFERED + 1;
  const ended = exchange.room();
  exchange.detach();
  expect(await ended).toBe(false);
});
