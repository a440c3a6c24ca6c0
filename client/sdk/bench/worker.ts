/**
 * What encryption costs, measured where it happens: in a worker. Every figure is the time from a frame's being handed
 * over to its being ready, the browser's own AES included, so more than the processor's part of it.
 */
import init, { Room } from '../wasm/conclave_crypto.js';
import { CODEC, type EncodedFrame } from '../src/e2ee/codec.js';
import { Keys } from '../src/e2ee/keys.js';
import { Opening } from '../src/e2ee/opening.js';
import { Sealing } from '../src/e2ee/sealing.js';

const SID = 'abcdefghijklmnopqrstuvwxyz';
/** Bytes of a frame: Opus; a small layer's picture; 720p at 1.7 Mbit/s and 30 frames a second; key frames. */
const SIZES = [100, 600, 2_500, 7_000, 30_000, 100_000];
/** Of each size. */
const FRAMES = 600;

const ignore = { codec: () => undefined, alarm: () => undefined, wantsKeyFrame: () => undefined };

function encoded(size: number, audio = false): EncodedFrame {
  const data = new Uint8Array(size).fill(7);
  // A delta frame of VP8.
  data[0] = 0x31;
  return { data: data.buffer, getMetadata: () => ({ mimeType: audio ? 'audio/opus' : 'video/VP8' }) };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function summary(times: number[]) {
  const sorted = times.sort((a, b) => a - b);
  return { median: at(sorted, 0.5), p99: at(sorted, 0.99) };
}

async function timed(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const begun = performance.now();
    await run();
    times.push((performance.now() - begun) * 1000);
  }
  return times;
}

/** Two people who know each other. */
async function pair() {
  const secret = Room.fromKey(new Uint8Array(32).fill(1), SID).secret();
  const [ada, bob] = [new Keys(secret, SID), new Keys(secret, SID)];
  const instance = await ada.begin('ada');
  await bob.hear('ada', ada.hello('Ada'));
  return { instance, bob };
}

/** Plain AES-GCM as LiveKit's worker uses it: the nonce from counters, one clear byte authenticated. */
async function plainly(size: number): Promise<number[]> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
  const frame = new Uint8Array(size).fill(7);
  let counter = 0;
  return timed(FRAMES, async () => {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(8, counter++);
    const additionalData = frame.subarray(0, 1);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, frame.subarray(1));
    const out = new Uint8Array(1 + sealed.byteLength + iv.length);
    out.set(additionalData);
    out.set(new Uint8Array(sealed), 1);
    out.set(iv, 1 + sealed.byteLength);
  });
}

async function bySize() {
  const { instance, bob } = await pair();
  const rows = [];
  for (const size of SIZES) {
    const audio = size === 100;
    const sealing = new Sealing(audio ? 'microphone' : 'camera', () => instance, ignore);
    const holder = { pid: 'ada', kind: audio ? 'microphone' : 'camera' } as const;
    const opening = new Opening(audio ? 'audio' : 'video', () => bob, () => holder, ignore);
    const sealed: EncodedFrame[] = [];
    const seal = await timed(FRAMES, async () => sealed.push((await sealing.frame(encoded(size, audio)))!));
    const open = await timed(FRAMES, async () => {
      if ((await opening.frame(sealed.shift()!)).length !== 1) throw new Error('a frame did not open');
    });
    rows.push({ size, seal: summary(seal), open: summary(open), plain: summary(await plainly(size)) });
  }
  return rows;
}

/** One second of one sender with three layers and nine cameras and three voices received, in real time. */
async function meeting(seconds: number) {
  const { instance, bob } = await pair();
  const latency: number[] = [];
  let busy = 0;
  const measured = async (run: () => Promise<unknown>) => {
    const begun = performance.now();
    await run();
    const took = performance.now() - begun;
    latency.push(took * 1000);
    busy += took;
  };
  const camera = new Sealing('camera', () => instance, ignore);
  const microphone = new Sealing('microphone', () => instance, ignore);
  // What the others send is sealed beforehand: it is other devices' work.
  const received = async (kind: 'camera' | 'microphone', size: number, count: number) => {
    const sealing = kind === 'camera' ? camera : microphone;
    const frames: EncodedFrame[] = [];
    for (let n = 0; n < count; n++) frames.push((await sealing.frame(encoded(size, kind === 'microphone')))!);
    const opening = new Opening(kind === 'camera' ? 'video' : 'audio', () => bob, () => ({ pid: 'ada', kind }), ignore);
    return { frames, opening };
  };
  const cameras = await Promise.all(Array.from({ length: 9 }, () => received('camera', 2_500, 30 * seconds)));
  const voices = await Promise.all(Array.from({ length: 3 }, () => received('microphone', 100, 50 * seconds)));
  const begun = performance.now();
  const every = (hertz: number, run: () => void) =>
    new Promise<void>((resolve) => {
      let done = 0;
      const timer = setInterval(() => {
        // Timers are late and never early: what is due is done at once, as frames arrive in bursts.
        while (done < ((performance.now() - begun) / 1000) * hertz && done < hertz * seconds) {
          done++;
          run();
        }
        if (done === hertz * seconds) {
          clearInterval(timer);
          resolve();
        }
      }, 4);
    });
  const pending: Promise<unknown>[] = [];
  await Promise.all([
    every(30, () => {
      for (const size of [7_000, 2_500, 600]) pending.push(measured(() => camera.frame(encoded(size))));
      for (const { frames, opening } of cameras) pending.push(measured(() => opening.frame(frames.shift()!)));
    }),
    every(50, () => {
      pending.push(measured(() => microphone.frame(encoded(100, true))));
      for (const { frames, opening } of voices) pending.push(measured(() => opening.frame(frames.shift()!)));
    }),
  ]);
  await Promise.all(pending);
  return { frames: latency.length, seconds, latency: summary(latency) };
}

/** The same frames one after another, as fast as they can be: the processor's time of a second of a meeting. */
async function cost() {
  const { instance, bob } = await pair();
  const camera = new Sealing('camera', () => instance, ignore);
  const microphone = new Sealing('microphone', () => instance, ignore);
  const cameras = new Opening<EncodedFrame>('video', () => bob, () => ({ pid: 'ada', kind: 'camera' }), ignore);
  const voices = new Opening<EncodedFrame>('audio', () => bob, () => ({ pid: 'ada', kind: 'microphone' }), ignore);
  let own = 0;
  let others = 0;
  const clock = async (run: () => Promise<unknown>) => {
    const begun = performance.now();
    await run();
    return performance.now() - begun;
  };
  for (let n = 0; n < 30; n++) {
    for (const size of [7_000, 2_500, 600]) own += await clock(() => camera.frame(encoded(size)));
    for (let person = 0; person < 9; person++) {
      const frame = (await camera.frame(encoded(2_500)))!;
      others += await clock(() => cameras.frame(frame));
    }
  }
  for (let n = 0; n < 50; n++) {
    own += await clock(() => microphone.frame(encoded(100, true)));
    for (let person = 0; person < 3; person++) {
      const frame = (await microphone.frame(encoded(100, true)))!;
      others += await clock(() => voices.frame(frame));
    }
  }
  return { own, others };
}

async function passphrase() {
  return summary(await timed(5, async () => void Room.fromPassphrase('correct horse battery staple', SID, 'AAAAAAAAAAAAAAAAAAAAAA').free()));
}

self.onmessage = async () => {
  try {
    await init({ module_or_path: new URL('../wasm/conclave_crypto_bg.wasm', import.meta.url) });
    // Once to warm up.
    await bySize();
    const sizes = await bySize();
    self.postMessage({ sizes, cost: await cost(), meeting: await meeting(5), passphrase: await passphrase(), codecs: CODEC });
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
