import { expect, it, vi } from 'vitest';
import type { EncodedFrame } from './codec.js';
import type { Begin, Keys, Unknown } from './keys.js';
import { STREAM } from './messages.js';
import { type Holder, Opening } from './opening.js';
import { Order } from './order.js';

interface Frame extends EncodedFrame {
  readonly begun: Begin | Unknown;
  readonly genuine?: 'tampered' | 'replayed';
}

const codecs = { opus: 'audio/opus', h264: 'video/H264', vp8: 'video/VP8' };

/** A frame that `pid` sealed. */
function frame(pid: string, change: { genuine?: 'tampered' | 'replayed'; type?: keyof typeof codecs } = {}): Frame {
  const source = { pid, stream: STREAM.camera, key: {} as CryptoKey, order: new Order(() => 0) };
  const begun = { kid: 1, counter: 1, source, clear: 1, body: 8, nonce: new Uint8Array(12) };
  return made(begun, change);
}

function made(begun: Begin | Unknown, { genuine, type = 'vp8' }: { genuine?: 'tampered' | 'replayed'; type?: keyof typeof codecs } = {}): Frame {
  return { data: new ArrayBuffer(1), getMetadata: () => ({ mimeType: codecs[type] }), begun, ...(genuine && { genuine }) };
}

/** The slot of a camera, held by Ada. */
function setting() {
  const now = vi.fn(() => 0);
  const events = { alarm: vi.fn(), wantsKeyFrame: vi.fn() };
  const holder = { current: { pid: 'ada', kind: 'camera' } as Holder | undefined };
  const given = new Map<ArrayBuffer, Frame>();
  const keys = {
    beginFrame: (_codec: number, data: ArrayBuffer) => given.get(data)?.begun,
    openFrame: async (_codec: number, data: ArrayBuffer) => given.get(data)?.genuine ?? new ArrayBuffer(2),
  } as unknown as Keys;
  const opening = new Opening<Frame>('video', () => keys, () => holder.current, events, now);
  const give = (each: Frame) => {
    given.set(each.data, each);
    return opening.frame(each);
  };
  return { give, events, holder, now };
}

it('renders what is genuine and by whom the slot is said to hold', async () => {
  const { give, events } = setting();
  const ada = frame('ada');
  expect(await give(ada)).toEqual([ada]);
  expect(ada.data.byteLength).toBe(2);
  expect(events.alarm).not.toHaveBeenCalled();
});

it.each([
  [frame('ada', { genuine: 'tampered' }), 'tampered'],
  [frame('ada', { genuine: 'replayed' }), 'replayed'],
  [frame('ada', { type: 'h264' }), 'codec'],
  [frame('ada', { type: 'opus' }), 'codec'],
  [made('malformed'), 'foreign'],
  [made('replayed'), 'replayed'],
] as const)('renders nothing of %#, says why, and asks for a key frame', async (bad, alarm) => {
  const { give, events, now } = setting();
  for (const at of [0, 1000, 3000, 4000]) {
    now.mockReturnValue(at);
    expect(await give(bad)).toEqual([]);
  }
  expect(new Set(events.alarm.mock.calls.map(String))).toEqual(new Set([`${alarm},ada`]));
  expect(events.wantsKeyFrame).toHaveBeenCalled();
});

it('a frame that overtook the word that the slot is its sender\'s is rendered in its place', async () => {
  const { give, events, holder, now } = setting();
  const [first, second] = [frame('bob'), frame('bob')];
  expect(await give(first)).toEqual([]);
  now.mockReturnValue(100);
  holder.current = { pid: 'bob', kind: 'camera' };
  expect(await give(second)).toEqual([first, second]);
  expect(events.alarm).not.toHaveBeenCalled();
});

it('what waits too long is not rendered, and what goes on is told', async () => {
  const { give, events, holder, now } = setting();
  await give(frame('bob'));
  now.mockReturnValue(600);
  holder.current = { pid: 'bob', kind: 'camera' };
  const late = frame('bob');
  expect(await give(late)).toEqual([late]);
  expect(events.wantsKeyFrame).toHaveBeenCalled();
  holder.current = { pid: 'ada', kind: 'camera' };
  for (const at of [1000, 2000, 3900]) {
    now.mockReturnValue(at);
    expect(await give(frame('bob'))).toEqual([]);
  }
  expect(events.alarm).not.toHaveBeenCalled();
  now.mockReturnValue(4000);
  await give(frame('bob'));
  expect(events.alarm.mock.calls).toEqual([['wrong_sender', 'ada']]);
});

it('a screen is no camera, and an empty slot shows nobody', async () => {
  const { give, holder } = setting();
  holder.current = { pid: 'ada', kind: 'screen' };
  expect(await give(frame('ada'))).toEqual([]);
  holder.current = undefined;
  expect(await give(frame('ada'))).toEqual([]);
});

it('holds no more than it can', async () => {
  const { give, events, holder } = setting();
  for (let i = 0; i < 100; i++) await give(frame('bob'));
  holder.current = { pid: 'bob', kind: 'camera' };
  expect(await give(frame('bob'))).toHaveLength(61);
  expect(events.wantsKeyFrame).toHaveBeenCalled();
});

it('trouble of two kinds in turn is told, and a genuine frame ends it', async () => {
  const { give, events, now } = setting();
  const turns = async (from: number, to: number) => {
    for (let at = from; at <= to; at += 100) {
      now.mockReturnValue(at);
      await give(at % 200 === 0 ? frame('bob') : made('unknown_key'));
    }
  };
  await turns(0, 2_000);
  now.mockReturnValue(2_050);
  await give(frame('ada'));
  await turns(2_100, 4_900);
  expect(events.alarm).not.toHaveBeenCalled();
  await turns(5_000, 8_000);
  expect(new Set(events.alarm.mock.calls.map(([alarm]) => alarm))).toContain('wrong_sender');
});
