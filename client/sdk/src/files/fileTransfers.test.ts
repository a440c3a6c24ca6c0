import { afterEach, expect, it, vi } from 'vitest';
import type { Pid } from '../protocol.js';
import { type Envelope, Exchange, type RelayPipe } from './exchange.js';
import { CHUNK_BYTES, MAX_FILE_BYTES } from './fileOffer.js';
import { FileTransfers, MAX_FETCHED } from './fileTransfers.js';
import type { RelayKind } from './messages.js';

const open: FileTransfers[] = [];
afterEach(() => {
  for (const transfers of open.splice(0)) transfers.close();
});

/** A node that carries messages between its channels; `loses` drops some. */
class Node {
  readonly pipes = new Map<Pid, RelayPipe>();
  readonly seen: [Pid, Pid, RelayKind][] = [];
  loses: (from: Pid, to: Pid, kind: RelayKind) => boolean = () => false;

  channel(of: Pid): RelayPipe {
    const pipe: RelayPipe = {
      bufferedAmount: 0,
      send: (to, kind, body) => {
        if (this.pipes.get(of) !== pipe) return false;
        this.seen.push([of, to, kind]);
        if (!this.loses(of, to, kind)) setTimeout(() => this.pipes.get(to)?.onMessage(of, kind, body), 1);
        return true;
      },
      onMessage: () => undefined,
      onDrain: () => undefined,
    };
    this.pipes.set(of, pipe);
    return pipe;
  }
}

/** Names sender and receiver in clear: what was sealed for another, or by another, does not open. */
function envelopeOf(self: Pid): Envelope {
  const head = (from: Pid, to: Pid) => new TextEncoder().encode(`${from}>${to}:`);
  return {
    seal: async (to, plain) => Uint8Array.of(...head(self, to), ...plain),
    open: async (from, sealed) => {
      const expected = head(from, self);
      return expected.every((byte, at) => sealed[at] === byte) ? sealed.slice(expected.length) : undefined;
    },
  };
}

function setting(...pids: Pid[]) {
  const node = new Node();
  const people = Object.fromEntries(
    pids.map((pid) => {
      const exchange = new Exchange(envelopeOf(pid));
      const transfers = new FileTransfers(exchange, () => 0);
      exchange.attach(node.channel(pid));
      transfers.presence(new Set(pids));
      open.push(transfers);
      const status = (id: string) => transfers.getState().transfers.get(id)?.status;
      return [pid, { exchange, transfers, status }];
    }),
  );
  return { node, of: (pid: Pid) => people[pid]! };
}

function fileOf(chunks: number, name = 'a.bin', type = ''): File {
  const bytes = new Uint8Array(chunks * CHUNK_BYTES - 5).map((_, at) => at * 7 + (at >> 8));
  return new File([bytes], name, { type });
}

async function same(url: string, file: File): Promise<boolean> {
  const [got, sent] = [await (await fetch(url)).arrayBuffer(), await file.arrayBuffer()];
  const [a, b] = [new Uint8Array(got), new Uint8Array(sent)];
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

it('fetches a file that was offered to everybody, tells progress, and where it is', async () => {
  const { of } = setting('a', 'b', 'c');
  const file = fileOf(60);
  const offer = of('a').transfers.offer(file, null)!;
  const told: number[] = [];
  of('b').transfers.subscribe(() => told.push(of('b').transfers.getState().transfers.get(offer.id)?.received ?? -1));
  for (const pid of ['b', 'c']) {
    expect(of(pid).transfers.learn('a', JSON.parse(JSON.stringify(offer)))).toEqual(offer);
    expect(of(pid).transfers.fetch(offer.id)).toBe(true);
  }
  await vi.waitFor(() => expect([of('b').status(offer.id), of('c').status(offer.id)]).toEqual(['done', 'done']), 5_000);
  const transfer = of('b').transfers.getState().transfers.get(offer.id)!;
  expect(transfer).toMatchObject({ received: file.size, total: file.size, why: null });
  expect(await same(transfer.url!, file)).toBe(true);
  expect(told.at(-1)).toBe(file.size);
  expect(told).toEqual([...told].sort((x, y) => x - y));
  of('b').transfers.cancel(offer.id);
  expect(of('b').transfers.getState().transfers.size).toBe(0);
  await expect(fetch(transfer.url!)).rejects.toThrow();
});

it('an empty file is there at once', () => {
  const { of } = setting('a', 'b');
  const offer = of('a').transfers.offer(new File([], 'empty'), null)!;
  of('b').transfers.learn('a', offer);
  of('b').transfers.fetch(offer.id);
  expect(of('b').status(offer.id)).toBe('done');
});

it('a private file goes to that person only', async () => {
  const { of, node } = setting('a', 'b', 'c');
  const offer = of('a').transfers.offer(fileOf(2), 'b')!;
  for (const pid of ['b', 'c']) {
    of(pid).transfers.learn('a', offer);
    of(pid).transfers.fetch(offer.id);
  }
  await vi.waitFor(() => expect([of('b').status(offer.id), of('c').status(offer.id)]).toEqual(['done', 'failed']));
  expect(of('c').transfers.getState().transfers.get(offer.id)!.why).toBe('gone');
  expect(node.seen).not.toContainEqual(['a', 'c', 'data']);
});

it('takes no file that is too large, and no offer in the name of another', () => {
  const { of } = setting('a', 'b', 'c');
  const large = fileOf(1);
  Object.defineProperty(large, 'size', { value: MAX_FILE_BYTES + 1 });
  expect(of('a').transfers.offer(large, null)).toBeUndefined();
  const offer = of('a').transfers.offer(fileOf(1), null)!;
  expect(of('b').transfers.learn('a', offer)).toEqual(offer);
  expect(of('b').transfers.learn('c', { ...offer, size: 1 })).toBeUndefined();
  expect(of('a').transfers.learn('c', offer)).toBeUndefined();
  expect(of('b').transfers.learn('c', { id: 'x' })).toBeUndefined();
  expect(of('b').transfers.fetch('unknown')).toBe(false);
});

it('pauses while the sender or the own channel is away, and goes on at the first missing chunk', async () => {
  const { of, node } = setting('a', 'b');
  const file = fileOf(400);
  const offer = of('a').transfers.offer(file, null)!;
  const { transfers, exchange, status } = of('b');
  const received = () => transfers.getState().transfers.get(offer.id)!.received;
  transfers.learn('a', offer);
  transfers.fetch(offer.id);
  await vi.waitFor(() => expect(received()).toBeGreaterThan(0));
  transfers.presence(new Set(['b']));
  expect(status(offer.id)).toBe('paused');
  const before = received();
  transfers.presence(new Set(['a', 'b']));
  await vi.waitFor(() => expect(received()).toBeGreaterThan(before));
  exchange.detach();
  expect(status(offer.id)).toBe('paused');
  of('a').exchange.detach();
  of('a').exchange.attach(node.channel('a'));
  exchange.attach(node.channel('b'));
  await vi.waitFor(() => expect(status(offer.id)).toBe('done'), 5_000);
  expect(await same(transfers.getState().transfers.get(offer.id)!.url!, file)).toBe(true);
  const sent = node.seen.filter(([from, , kind]) => from === 'a' && kind === 'data').length;
  expect(sent).toBeLessThan(400 + 200);
});

it('gets over losses', async () => {
  const { of, node } = setting('a', 'b');
  let count = 0;
  node.loses = (_from, _to, kind) => kind === 'data' && ++count % 9 === 0;
  const offer = of('a').transfers.offer(fileOf(100), null)!;
  of('b').transfers.learn('a', offer);
  of('b').transfers.fetch(offer.id);
  await vi.waitFor(() => expect(of('b').status(offer.id)).toBe('done'), 10_000);
}, 15_000);

it('fetches few at once; the others wait for their turn', async () => {
  const { of } = setting('a', 'b');
  const { transfers, status } = of('b');
  const offers = Array.from({ length: MAX_FETCHED + 2 }, () => of('a').transfers.offer(fileOf(20), null)!);
  let most = 0;
  transfers.subscribe(() => {
    const running = [...transfers.getState().transfers.values()].filter((one) => one.status === 'running');
    most = Math.max(most, running.length);
  });
  for (const offer of offers) {
    transfers.learn('a', offer);
    transfers.fetch(offer.id);
  }
  await vi.waitFor(() => expect(offers.every(({ id }) => status(id) === 'done')).toBe(true));
  expect(most).toBe(MAX_FETCHED);
});

it('a file that was withdrawn, or changed on its disk, is gone; asking again can help', async () => {
  const { of } = setting('a', 'b');
  const file = fileOf(1);
  const offer = of('a').transfers.offer(file, null)!;
  of('b').transfers.learn('a', offer);
  const unreadable = { arrayBuffer: async () => Promise.reject(new Error('changed')) };
  vi.spyOn(file, 'slice').mockReturnValue(unreadable as unknown as Blob);
  of('b').transfers.fetch(offer.id);
  await vi.waitFor(() => expect(of('b').status(offer.id)).toBe('failed'));
  of('b').transfers.fetch(offer.id);
  expect(of('b').status(offer.id)).toBe('waiting');
  await vi.waitFor(() => expect(of('b').status(offer.id)).toBe('failed'));
});

it('nobody else can end, fill or break a transfer', async () => {
  const { of, node } = setting('a', 'b', 'c');
  const offer = of('a').transfers.offer(fileOf(5), null)!;
  of('b').transfers.learn('a', offer);
  node.loses = (from) => from === 'b';
  of('b').transfers.fetch(offer.id);
  await of('c').exchange.send('b', { type: 'gone', file: offer.id });
  await of('c').exchange.send('b', { type: 'chunk', file: offer.id, index: 0, bytes: new Uint8Array(1) });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(of('b').status(offer.id)).toBe('waiting');
  await of('a').exchange.send('b', { type: 'chunk', file: offer.id, index: 0, bytes: new Uint8Array(1) });
  await vi.waitFor(() => expect(of('b').transfers.getState().transfers.get(offer.id)!.why).toBe('broken'));
});
