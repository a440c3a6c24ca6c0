/** A receiver and its sender over a way that loses, repeats, delays and reorders, by a seed. */
import { expect, it } from 'vitest';
import { SEGMENT_CHUNKS } from './collector.js';
import { CHUNK_BYTES, chunkLength, chunksOf, type FileOffer } from './fileOffer.js';
import { Incoming } from './incoming.js';
import { MAX_AHEAD, MAX_WINDOW } from './pull.js';
import { Serving } from './serving.js';

/** Mulberry32: numbers in [0, 1), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Way {
  size: number;
  /** Shares of messages that are lost, and that come twice. */
  loss: number;
  twice: number;
  /** Milliseconds on the way, and up to how many more: with it they overtake each other. */
  delay: number;
  jitter: number;
  /** Milliseconds that a chunk takes where the way is narrowest, and how many wait before it; others are dropped. */
  pace: number;
  room: number;
  /** Milliseconds at which the sender goes, and comes back. */
  gone?: readonly [number, number];
}

interface Outcome {
  done: boolean;
  time: number;
  sent: number;
  asks: number;
  held: number;
  blob: Blob | null;
}

/** Every file is the beginning of this. */
const CONTENT = new Uint8Array(1_500 * CHUNK_BYTES);
for (let at = 0; at < CONTENT.length; at++) CONTENT[at] = at * 31 + (at >>> 8);

function chunk(size: number, index: number): Uint8Array<ArrayBuffer> {
  const begin = index * CHUNK_BYTES;
  return CONTENT.subarray(begin, begin + chunkLength(size, index));
}

function simulate(seed: number, way: Way, most = 600_000): Outcome {
  const random = randomOf(seed);
  const offer: FileOffer = { id: 'f', name: 'f', size: way.size, type: '' };
  const incoming = new Incoming('sender', offer, true, random);
  const serving = new Serving();
  serving.offer('f', way.size, null);
  incoming.start();

  let time = 0;
  const events: { at: number; run: () => void }[] = [];
  const after = (millis: number, run: () => void) => events.push({ at: time + millis, run });
  const carry = (run: () => void) => {
    if (random() < way.loss) return;
    after(way.delay + random() * way.jitter, run);
    if (random() < way.twice) after(way.delay + random() * way.jitter, run);
  };
  const outcome: Outcome = { done: false, time: 0, sent: 0, asks: 0, held: 0, blob: null };
  let away = false;
  let waiting = 0;
  let freeAt = 0;
  const serve = () => {
    for (let piece = serving.next(time); piece; piece = serving.next(time)) {
      const { index } = piece;
      if (away || waiting >= way.room) continue;
      outcome.sent++;
      waiting++;
      freeAt = Math.max(freeAt, time) + way.pace;
      after(freeAt - time, () => {
        waiting--;
        carry(() => incoming.chunk(index, chunk(way.size, index), time));
      });
    }
  };
  if (way.gone) {
    const [leaves, returns] = way.gone;
    after(leaves, () => {
      away = true;
      incoming.reach(false);
      expect(incoming.status).toBe('paused');
    });
    after(returns, () => {
      away = false;
      incoming.reach(true);
      incoming.start();
    });
  }
  while (!incoming.isOver && time < most) {
    for (const range of incoming.poll(time)) {
      outcome.asks++;
      expect(range.count).toBeLessThanOrEqual(MAX_WINDOW);
      carry(() => {
        if (away) return;
        expect(serving.want('receiver', 'f', range, time)).toBe('served');
        serve();
      });
    }
    outcome.held = Math.max(outcome.held, incoming.held);
    events.sort((a, b) => a.at - b.at);
    const timer = incoming.nextAt(time);
    const next = events[0];
    if (next && next.at <= timer) {
      events.shift();
      time = next.at;
      next.run();
    } else if (timer === Infinity) break;
    else time = Math.max(time, timer);
  }
  return Object.assign(outcome, { done: incoming.status === 'done', time, blob: incoming.blob });
}

async function expectWhole({ done, blob }: Outcome, size: number): Promise<void> {
  expect(done).toBe(true);
  const bytes = new Uint8Array(await blob!.arrayBuffer());
  expect(bytes.length).toBe(size);
  let at = 0;
  while (at < size && bytes[at] === CONTENT[at]) at++;
  expect(at).toBe(size);
}

const CLEAN: Way = { size: 0, loss: 0, twice: 0, delay: 40, jitter: 0, pace: 1, room: 1_000 };

it('over a good way nothing is sent twice, and a question serves many chunks', async () => {
  const size = 300 * CHUNK_BYTES + 1;
  const outcome = simulate(1, { ...CLEAN, size });
  await expectWhole(outcome, size);
  expect(outcome.sent).toBe(301);
  expect(outcome.asks).toBeLessThan(40);
  // Four megabytes and a half at 40 ms: the window grows until the way is full.
  expect(outcome.time).toBeLessThan(1_200);
});

it('a slow way is filled and not asked twice', async () => {
  const size = 60 * CHUNK_BYTES;
  const outcome = simulate(2, { ...CLEAN, size, pace: 500 });
  await expectWhole(outcome, size);
  expect(outcome.time).toBeLessThan(60 * 500 * 1.1);
  expect(outcome.sent).toBeLessThan(60 * 1.3);
});

it('a receiver whose place at the node is small gets everything, in time', async () => {
  const size = 200 * CHUNK_BYTES;
  const outcome = simulate(3, { ...CLEAN, size, pace: 10, room: 12 });
  await expectWhole(outcome, size);
  expect(outcome.time).toBeLessThan(200 * 10 * 4);
});

it('goes on where it was when the sender comes back', async () => {
  const size = 200 * CHUNK_BYTES;
  const outcome = simulate(4, { ...CLEAN, size, pace: 10, gone: [1_000, 90_000] });
  await expectWhole(outcome, size);
  expect(outcome.time).toBeGreaterThan(90_000);
  expect(outcome.sent).toBeLessThan(200 + 2 * MAX_WINDOW);
});

it('says that it is stalled where nobody answers, and asks ever more rarely', () => {
  const incoming = new Incoming('sender', { id: 'f', name: 'f', size: 1e6, type: '' }, true);
  incoming.start();
  const asked: number[] = [];
  for (let now = 0; now < 120_000; now += 100) if (incoming.poll(now).length > 0) asked.push(now);
  expect(asked.slice(0, 4)).toEqual([0, 3_000, 9_000, 21_000]);
  expect(asked.length).toBeLessThan(10);
  expect(incoming.status).toBe('paused');
  incoming.chunk(0, chunk(1e6, 0), 120_000);
  expect(incoming.status).toBe('running');
});

it('gets every file whole over any way, in bounded memory', async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = randomOf(seed * 7919);
    const size = 1 + Math.floor(random() * 80 * CHUNK_BYTES);
    const jitter = random() < 0.5 ? 0 : random() * 400;
    const way: Way = {
      size,
      loss: random() < 0.3 ? 0 : random() * 0.3,
      twice: random() * 0.3,
      delay: random() * 300,
      jitter,
      pace: random() * 60,
      room: 8 + Math.floor(random() * 100),
      ...(random() < 0.3 ? { gone: [random() * 2_000, 5_000 + random() * 60_000] as const } : {}),
    };
    const outcome = simulate(seed, way);
    await expectWhole(outcome, size);
    expect(outcome.held).toBeLessThanOrEqual(MAX_AHEAD);
    if (jitter === 0 && !way.gone) expect(outcome.sent).toBeLessThan(chunksOf(size) * 3 + MAX_WINDOW);
  }
});

it('a large file never stands in memory as a whole', async () => {
  const size = 1_500 * CHUNK_BYTES - 7;
  const outcome = simulate(5, { ...CLEAN, size, loss: 0.02, twice: 0.01, jitter: 30 });
  await expectWhole(outcome, size);
  expect(outcome.held).toBeLessThanOrEqual(SEGMENT_CHUNKS + 2 * MAX_WINDOW);
});

it('nothing that others send is more than ignored, or the end of that one file', () => {
  const random = randomOf(6);
  const size = 20 * CHUNK_BYTES + 3;
  for (let run = 0; run < 200; run++) {
    const incoming = new Incoming('sender', { id: 'f', name: 'f', size, type: '' }, true, random);
    incoming.start();
    for (let step = 0; step < 40; step++) {
      const index = Math.floor(random() * 2 ** (random() * 32));
      const length = random() < 0.8 ? chunkLength(size, index) : Math.floor(random() * 16_000);
      const what = random();
      if (what < 0.8) incoming.chunk(index, new Uint8Array(length), step);
      else if (what < 0.9) incoming.busy(step);
      else incoming.reach(random() < 0.5);
      incoming.poll(step);
      expect(incoming.received).toBeLessThanOrEqual(size);
    }
  }
});
