/**
 * Files of a stay: offers one's own, fetches those of others. A thin shell with timers, around
 * `Incoming`, which decides what to ask for, and `FileSender`, which answers.
 */
import type { Pid } from '../protocol.js';
import { type Readable, Store } from '../store.js';
import type { Exchange } from './exchange.js';
import { asFileOffer, type FileOffer } from './fileOffer.js';
import { FileSender } from './fileSender.js';
import { Incoming, type TransferFailure, type TransferStatus } from './incoming.js';
import type { Message } from './messages.js';

/** A file that is fetched. */
export interface Transfer {
  /** Bytes that are here. */
  readonly received: number;
  readonly total: number;
  readonly status: TransferStatus;
  /** Why it failed; null where it did not. */
  readonly why: TransferFailure | null;
  /** Where the page finds the file once it is done: for a link with `download`. */
  readonly url?: string;
}

export interface TransfersState {
  /** By the file's id; only of files that were asked for. */
  readonly transfers: ReadonlyMap<string, Transfer>;
}

/** Files that come at the same time; others wait. */
export const MAX_FETCHED = 3;
/** Offers of others that are remembered. */
const MAX_KNOWN = 500;
/** How often progress is told. */
const TELL_MILLIS = 100;

export class FileTransfers implements Readable<TransfersState> {
  readonly #store = new Store<TransfersState>({ transfers: new Map() });
  readonly #sender: FileSender;
  readonly #known = new Map<string, { from: Pid; offer: FileOffer }>();
  readonly #incoming = new Map<string, Incoming>();
  readonly #urls = new Map<string, string>();
  readonly #stop: (() => void)[];
  #present: ReadonlySet<Pid> = new Set();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #teller: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly exchange: Exchange,
    private readonly random: () => number = Math.random,
  ) {
    this.#sender = new FileSender(exchange);
    this.#stop = [
      exchange.onMessage((from, message) => this.#received(from, message)),
      exchange.onUp(() => this.#reach()),
    ];
  }

  readonly getState = (): TransfersState => this.#store.getState();
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);

  /**
   * Offers a file to everybody (`to` is null) or to one person: what to write into the message;
   * undefined where it is too large.
   */
  offer(file: Blob & { readonly name: string }, to: Pid | null): FileOffer | undefined {
    return this.#sender.offer(file, to);
  }

  /** One's own file is not to be had any more. */
  withdraw(id: string): void {
    this.#sender.withdraw(id);
  }

  /**
   * Takes an offer out of a message of `from`, so that it can be fetched. Undefined where it is
   * none, or names a file of somebody else.
   */
  learn(from: Pid, offered: unknown): FileOffer | undefined {
    const offer = asFileOffer(offered);
    if (!offer || this.#sender.file(offer.id)) return undefined;
    const known = this.#known.get(offer.id);
    if (known) return known.from === from ? known.offer : undefined;
    this.#known.set(offer.id, { from, offer });
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      if (!this.#incoming.has(id)) this.#known.delete(id);
    }
    return offer;
  }

  /** Fetches a file that was offered; again, where it failed. False where it is not known. */
  fetch(id: string): boolean {
    const known = this.#known.get(id);
    if (!known) return false;
    const before = this.#incoming.get(id);
    if (before && before.status !== 'failed') return true;
    const { from, offer } = known;
    this.#incoming.set(id, new Incoming(from, offer, this.#isReachable(from), this.random));
    this.#go();
    return true;
  }

  /** Ends the fetching, or lets go of what was fetched. */
  cancel(id: string): void {
    this.#release(id);
    this.#incoming.delete(id);
    this.#go();
  }

  /** Who is in the room now. */
  presence(pids: ReadonlySet<Pid>): void {
    for (const pid of this.#present) if (!pids.has(pid)) this.#sender.left(pid);
    this.#present = new Set(pids);
    this.#reach();
  }

  /** The stay is over: nothing is sent or fetched any more, and what was fetched is let go of. */
  close(): void {
    for (const stop of this.#stop) stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#teller);
    for (const id of [...this.#urls.keys()]) this.#release(id);
    this.#incoming.clear();
    this.#store.set({ transfers: new Map() });
  }

  #received(from: Pid, message: Message): void {
    this.#sender.received(from, message);
    if (!('file' in message)) return;
    const incoming = this.#incoming.get(message.file);
    // Only who offered a file says something about it.
    if (!incoming || incoming.from !== from) return;
    const now = performance.now();
    if (message.type === 'chunk') incoming.chunk(message.index, message.bytes, now);
    else if (message.type === 'busy') incoming.busy(now);
    else if (message.type === 'gone') incoming.gone();
    this.#go();
  }

  #isReachable(pid: Pid): boolean {
    return this.exchange.isUp && this.#present.has(pid);
  }

  #reach(): void {
    for (const incoming of this.#incoming.values()) incoming.reach(this.#isReachable(incoming.from));
    this.#go();
  }

  /** Asks what is to be asked now, and comes back when there will be something. */
  #go(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    let next = Infinity;
    let active = [...this.#incoming.values()].filter(({ isActive }) => isActive).length;
    for (const incoming of this.#incoming.values()) {
      if (!incoming.isActive && active < MAX_FETCHED) {
        incoming.start();
        if (incoming.isActive) active++;
      }
      for (const range of incoming.poll(now)) {
        const want = { type: 'want', file: incoming.offer.id, ...range } as const;
        // What is not sent counts as lost after a while.
        void this.exchange.send(incoming.from, want);
      }
      next = Math.min(next, incoming.nextAt(now));
    }
    if (next !== Infinity) this.#timer = setTimeout(() => this.#go(), Math.max(1, next - now));
    this.#tell();
  }

  /** Changes of status at once, progress a few times a second. */
  #tell(): void {
    const { transfers } = this.getState();
    const isNews =
      transfers.size !== this.#incoming.size ||
      [...this.#incoming].some(([id, { status }]) => transfers.get(id)?.status !== status);
    if (isNews) return this.#show();
    this.#teller ??= setTimeout(() => this.#show(), TELL_MILLIS);
  }

  #show(): void {
    clearTimeout(this.#teller);
    this.#teller = undefined;
    const before = this.getState().transfers;
    let changed = before.size !== this.#incoming.size;
    const transfers = new Map<string, Transfer>();
    for (const [id, incoming] of this.#incoming) {
      const next = this.#transferOf(id, incoming);
      const known = before.get(id);
      const isSame = known?.received === next.received && known.status === next.status;
      transfers.set(id, isSame ? known : next);
      changed ||= !isSame;
    }
    if (changed) this.#store.set({ transfers });
  }

  #transferOf(id: string, { received, offer, status, failure, blob }: Incoming): Transfer {
    const url = this.#urls.get(id) ?? (blob && URL.createObjectURL(blob));
    if (url) this.#urls.set(id, url);
    return { received, total: offer.size, status, why: failure, ...(url ? { url } : {}) };
  }

  #release(id: string): void {
    const url = this.#urls.get(id);
    if (url !== undefined) URL.revokeObjectURL(url);
    this.#urls.delete(id);
  }
}
