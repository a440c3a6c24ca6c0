/** The keys as the worker has them, on the WebAssembly that browsers load. */
import { beforeAll, expect, it } from 'vitest';
import { initSync, Room } from '../../wasm/conclave_crypto.js';
import { CODEC, type EncodedFrame } from './codec.js';
import { Keys } from './keys.js';
import { Sealing } from './sealing.js';

// The SDK is for browsers and has no types of Node.js.
const { readFileSync } = await import('node:fs' as string);
const read = (path: string): Uint8Array<ArrayBuffer> => readFileSync(new URL(path, import.meta.url));
const vectors = JSON.parse(new TextDecoder().decode(read('../../../../crypto/tests/vectors/conclave.json')));
const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (data: Uint8Array) => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('');

beforeAll(() => void initSync({ module: read('../../wasm/conclave_crypto_bg.wasm') }));

const SID = vectors.sid as string;
const root = (key = 7) => Room.fromKey(new Uint8Array(32).fill(key), SID).secret();
const video = (data: number[], mimeType = 'video/VP8'): EncodedFrame => ({
  data: Uint8Array.from(data).buffer,
  getMetadata: () => ({ mimeType }),
});

async function pair(key = 7) {
  const [ada, bob] = [new Keys(root(), SID), new Keys(root(key), SID)];
  const instance = await ada.begin('ada');
  await bob.begin('bob');
  const heard = await bob.hear('ada', ada.hello('Ada'));
  return { ada, bob, instance, heard };
}

it('derives what the committed vectors say', () => {
  const { key_root: byKey, passphrase_root: byPassphrase } = vectors;
  const room = Room.fromKey(bytes(byKey.key), SID);
  expect(hex(room.secret())).toBe(byKey.root);
  expect([...room.check()]).toEqual(byKey.check);
  const other = Room.fromPassphrase(byPassphrase.passphrase, SID, byPassphrase.room_salt);
  expect(hex(other.secret())).toBe(byPassphrase.root);
  const sending = room.sending(vectors.pid, bytes(vectors.instance));
  for (const { stream, key, header_0, nonce_0 } of vectors.streams) {
    expect(hex(sending.key(stream))).toBe(key);
    expect(hex(sending.begin(stream))).toBe(nonce_0 + header_0);
  }
});

it('opens the frames of the committed vectors with the browser\'s own AES', async () => {
  const room = Room.fromKey(bytes(vectors.key_root.key), SID);
  for (const { codec, encoded, sealed } of vectors.frames) {
    const receiver = new Keys(room.secret(), SID);
    const hello = room.sending(vectors.pid, bytes(vectors.instance)).hello(Date.now(), 'Ada');
    expect(await receiver.hear(vectors.pid, hello)).toEqual({ name: 'Ada' });
    const frame = bytes(sealed).buffer as ArrayBuffer;
    const begin = receiver.beginFrame(codec, frame);
    if (typeof begin === 'string') throw new Error(begin);
    const opened = await receiver.openFrame(codec, frame, begin);
    if (typeof opened === 'string') throw new Error(opened);
    expect(hex(new Uint8Array(opened))).toBe(encoded);
    expect(await receiver.openFrame(codec, frame, begin), 'it opens once').toBe('replayed');
  }
});

it('a frame goes from one to the other, its clear bytes clear', async () => {
  const { bob, instance, heard } = await pair();
  expect(heard).toEqual({ name: 'Ada' });
  const sealing = new Sealing('camera', () => instance, { codec: () => undefined });
  const encoded = [0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1, ...Array(100).fill(9)];
  const sealed = await sealing.frame(video(encoded));
  const wire = new Uint8Array(sealed!.data);
  expect([...wire.subarray(0, 10)]).toEqual(encoded.slice(0, 10));
  const begin = bob.beginFrame(CODEC.vp8, sealed!.data);
  if (typeof begin === 'string') throw new Error(begin);
  expect(begin.source.pid).toBe('ada');
  const opened = await bob.openFrame(CODEC.vp8, sealed!.data, begin);
  expect([...new Uint8Array(opened as ArrayBuffer)]).toEqual(encoded);
});

it('what a server keeps back is not put between what was said later', async () => {
  const now = { millis: 0 };
  const [ada, bob] = [new Keys(root(), SID), new Keys(root(), SID, () => now.millis)];
  const instance = await ada.begin('ada');
  await bob.hear('ada', ada.hello('Ada'));
  const sealing = new Sealing('camera', () => instance, { codec: () => undefined });
  const sealed = async () => (await sealing.frame(video([0x11, 9, 9])))!.data;
  const open = async (frame: ArrayBuffer, millis: number) => {
    now.millis = millis;
    const begin = bob.beginFrame(CODEC.vp8, frame);
    if (typeof begin === 'string') return begin;
    const opened = await bob.openFrame(CODEC.vp8, frame, begin);
    return typeof opened === 'string' ? opened : 'opened';
  };
  const frames: ArrayBuffer[] = [];
  for (let i = 0; i < 6; i++) frames.push(await sealed());
  const [overtaken, kept, second, third, fourth, fifth] = frames as [ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer, ArrayBuffer];
  expect(await open(second, 0)).toBe('opened');
  expect(await open(overtaken, 900)).toBe('opened');
  // Late as a whole is not out of order.
  expect(await open(third, 5_000)).toBe('opened');
  expect(await open(fourth, 5_100)).toBe('opened');
  // Every two seconds something new, so that this is no matter of a pause.
  expect(await open(fifth, 7_000)).toBe('opened');
  expect(await open(kept, 7_100)).toBe('replayed');
});

it('sends nothing without a key, of another codec, or of no codec at all', async () => {
  const { instance } = await pair();
  const told: string[] = [];
  const sealing = new Sealing('camera', () => instance, { codec: () => told.push('codec') });
  expect(await sealing.frame(video([1, 2, 3], 'video/H264'))).toBeUndefined();
  expect(await sealing.frame(video([1, 2, 3], 'video/AV1'))).toBeUndefined();
  expect(told).toEqual(['codec', 'codec']);
  expect(await sealing.frame(video([]))).toBeUndefined();
  const locked = new Sealing('camera', () => undefined, { codec: () => undefined });
  expect(await locked.frame(video([1, 2, 3]))).toBeUndefined();
});

it('who holds another key is told from who changed something', async () => {
  const { heard, bob, ada } = await pair(8);
  expect(heard).toEqual({ refused: 'other_key' });
  const sealed = await ada.seal('chat', 'chat', undefined, new Uint8Array([1]));
  expect(await bob.open('chat', 'ada', 'chat', undefined, sealed)).toEqual({ refused: 'unknown_key' });
});

it('a message is for whom it was sealed, by whom it is said to be, and once', async () => {
  const { ada, bob } = await pair();
  const seal = () => ada.seal('chat', 'chat', 'bob', new TextEncoder().encode('psst'));
  const sealed = await seal();
  expect(await bob.open('chat', 'ada', 'chat', undefined, sealed)).toEqual({ refused: 'tampered' });
  expect(await bob.open('chat', 'carl', 'chat', 'bob', sealed)).toEqual({ refused: 'wrong_sender' });
  expect(await bob.open('file', 'ada', 'chat', 'bob', sealed)).toEqual({ refused: 'wrong_sender' });
  const opened = await bob.open('chat', 'ada', 'chat', 'bob', sealed);
  expect('bytes' in opened && new TextDecoder().decode(opened.bytes)).toBe('psst');
  expect(await bob.open('chat', 'ada', 'chat', 'bob', sealed)).toEqual({ refused: 'replayed' });
  const changed = await seal();
  changed[changed.length - 1]! ^= 1;
  expect(await bob.open('chat', 'ada', 'chat', 'bob', changed)).toEqual({ refused: 'tampered' });
});

it('what one wrote oneself comes back readable', async () => {
  const { ada } = await pair();
  const sealed = await ada.seal('chat', 'chat', undefined, new Uint8Array([1, 2]));
  expect(await ada.open('chat', 'ada', 'chat', undefined, sealed)).toEqual({ bytes: new Uint8Array([1, 2]) });
});

it('every connection is an instance of its own: no two seal with one key', async () => {
  const { ada } = await pair();
  const frames = [];
  for (const instance of [await ada.begin('ada'), await ada.begin('ada'), await new Keys(root(), SID).begin('ada')]) {
    const sealing = new Sealing('camera', () => instance, { codec: () => undefined });
    frames.push(hex(new Uint8Array((await sealing.frame(video([1, 2, 3])))!.data)));
  }
  // The key id follows the clear byte and the header's first.
  expect(new Set(frames.map((frame) => frame.slice(4, 14))).size).toBe(3);
});
