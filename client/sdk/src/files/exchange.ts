/**
 * Sealed messages between two people over the node's data channel. The channel comes and goes with
 * the connections of a stay; what is on its way when it goes is lost, and whoever sent it has to
 * be asked again.
 */
import type { Pid } from '../protocol.js';
import { decode, encode, kindOf, type Message, type RelayKind } from './messages.js';

/** One connection's channel to everybody in the room. */
export interface RelayPipe {
  /** False where it was not taken: the channel is not open, or full. */
  send(to: Pid, kind: RelayKind, body: Uint8Array<ArrayBuffer>): boolean;
  /** Bytes that wait in this browser. */
  readonly bufferedAmount: number;
  /** Set by the exchange: called with what came. */
  onMessage: (from: Pid, kind: RelayKind, body: Uint8Array<ArrayBuffer>) => void;
  /** Set by the exchange: to be called when less waits than before; a hidden page's timers are slow. */
  onDrain: () => void;
}

/** Seals for one person, and opens what one person sealed for this one. Both may reject. */
export interface Envelope {
  seal(to: Pid, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
  open(from: Pid, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** Bytes that may wait in this browser: more would stand before what is asked for next. */
export const MAX_BUFFERED = 256 * 1024;
/** Messages that may wait to be opened; beyond that they are dropped, as the node does. */
const MAX_OPENING = 256;
const LOOK_MILLIS = 20;

export class Exchange {
  readonly #listeners = new Set<(from: Pid, message: Message) => void>();
  readonly #changed = new Set<(isUp: boolean) => void>();
  readonly #waiting = new Set<() => void>();
  #pipe: RelayPipe | null = null;
  #opening = 0;

  constructor(private readonly envelope: Envelope) {}

  get isUp(): boolean {
    return this.#pipe !== null;
  }

  /** There is a channel; it replaces a former one. */
  attach(pipe: RelayPipe): void {
    this.detach();
    this.#pipe = pipe;
    pipe.onMessage = (from, kind, body) => {
      if (this.#pipe === pipe) void this.#received(from, kind, body);
    };
    pipe.onDrain = () => this.#wake();
    for (const listener of [...this.#changed]) listener(true);
  }

  /** There is no channel any more, or not this one. */
  detach(pipe: RelayPipe | null = this.#pipe): void {
    if (!this.#pipe || this.#pipe !== pipe) return;
    this.#pipe = null;
    this.#wake();
    for (const listener of [...this.#changed]) listener(false);
  }

  /** Calls `listener` with every message that could be opened and understood; returns how to stop. */
  onMessage(listener: (from: Pid, message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` when a channel comes and goes; returns how to stop. */
  onUp(listener: (isUp: boolean) => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  /** Resolves when there is room to send: true; false where there is no channel. */
  async room(): Promise<boolean> {
    while (this.#pipe && this.#pipe.bufferedAmount > MAX_BUFFERED) await this.#drained();
    return this.#pipe !== null;
  }

  /** `full`: not now, try again. `failed`: nothing can be sealed for this person. */
  async send(to: Pid, message: Message): Promise<'sent' | 'full' | 'failed'> {
    const sealed = await this.envelope.seal(to, encode(message)).catch(() => undefined);
    if (!sealed) return 'failed';
    return this.#pipe?.send(to, kindOf(message), sealed) ? 'sent' : 'full';
  }

  async #received(from: Pid, kind: RelayKind, body: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#opening >= MAX_OPENING) return;
    this.#opening++;
    const plain = await this.envelope.open(from, body).catch(() => undefined);
    this.#opening--;
    const message = plain && decode(plain);
    // Whom the room forbids to send data must not send it as questions.
    if (!message || kindOf(message) !== kind) return;
    for (const listener of [...this.#listeners]) listener(from, message);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, LOOK_MILLIS);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
