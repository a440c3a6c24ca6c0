/** One file on its way to this device. Pure: what came and the time go in, questions come out. */
import type { Pid } from '../protocol.js';
import { Collector } from './collector.js';
import { chunksOf, type FileOffer } from './fileOffer.js';
import { Pull, type Range } from './pull.js';

export type TransferStatus =
  /** Others come first, here or at the sender. */
  | 'waiting'
  | 'running'
  /** The sender, or the way there, is not there; it goes on by itself. */
  | 'paused'
  | 'done'
  | 'failed';

/** Why a file does not come: its sender has it no more, or sent what it cannot consist of. */
export type TransferFailure = 'gone' | 'broken';

export class Incoming {
  readonly #pull: Pull;
  readonly #collector: Collector;
  #status: TransferStatus = 'waiting';
  #failure: TransferFailure | null = null;
  #blob: Blob | null = null;
  /** Whose turn it is, in this page. */
  #started = false;
  #reachable: boolean;

  constructor(
    readonly from: Pid,
    readonly offer: FileOffer,
    reachable: boolean,
    random?: () => number,
  ) {
    this.#pull = new Pull(chunksOf(offer.size), random);
    this.#collector = new Collector(offer);
    this.#reachable = reachable;
    if (!reachable) this.#pull.interrupt();
    if (offer.size === 0) this.#finish();
  }

  get status(): TransferStatus {
    if (this.isOver) return this.#status;
    if (!this.#reachable || this.#pull.isStalled) return 'paused';
    return this.#status;
  }

  get failure(): TransferFailure | null {
    return this.#failure;
  }

  get isOver(): boolean {
    return this.#status === 'done' || this.#status === 'failed';
  }

  /** True where it takes one of the places of files that come at the same time. */
  get isActive(): boolean {
    return this.#started && this.#reachable && !this.isOver;
  }

  /** Bytes that are there. */
  get received(): number {
    return this.#collector.bytes;
  }

  /** The file, once it is done. */
  get blob(): Blob | null {
    return this.#blob;
  }

  get held(): number {
    return this.#collector.held;
  }

  /** It is this file's turn, as far as it can use it. */
  start(): void {
    this.#started = this.#reachable;
  }

  nextAt(now: number): number {
    return this.isActive ? this.#pull.nextAt(now) : Infinity;
  }

  poll(now: number): Range[] {
    return this.isActive ? this.#pull.poll(now) : [];
  }

  chunk(index: number, bytes: Uint8Array<ArrayBuffer>, now: number): void {
    if (this.isOver) return;
    // Its own sender sent it, in an envelope that nobody else can make: asking again is no use.
    if (!this.#collector.fits(index, bytes)) return this.#fail('broken');
    this.#status = 'running';
    if (this.#pull.arrived(index, now)) this.#collector.take(index, bytes);
    if (this.#pull.isComplete) this.#finish();
  }

  busy(now: number): void {
    if (this.isOver) return;
    this.#status = 'waiting';
    this.#pull.busy(now);
  }

  gone(): void {
    if (!this.isOver) this.#fail('gone');
  }

  /** The sender and the way there are there, or are not. */
  reach(reachable: boolean): void {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    if (reachable) this.#pull.resume();
    else this.#pull.interrupt();
    // Whoever comes back waits for a turn again.
    this.#started = false;
  }

  #finish(): void {
    const blob = this.#collector.finish();
    if (!blob) return this.#fail('broken');
    this.#blob = blob;
    this.#status = 'done';
  }

  #fail(why: TransferFailure): void {
    this.#status = 'failed';
    this.#failure = why;
  }
}
